#!/usr/bin/env python3
"""types: the TypeScript of the API's answers and questions, made from the Rust of crates/api; the types of activities, from crates/model.

Writes web/src/api/types.ts and activity-types.ts; with --check only tells whether it is what it would write, and ends with 1 when not.
"""
import glob
import os
import re
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
out=['// Types: the answers and questions of the HTTP API. Same names and fields as crates/api.\n']
ALIAS={'String':'string','bool':'boolean','Value':'Value','u64':'number','u32':'number','u8':'number','i64':'number','usize':'number','f64':'number'}
def ts(t):
    t=t.strip().removeprefix('crate::')
    if t in ALIAS: return ALIAS[t]
    if (m:=re.match(r'Option<(.*)>$',t)): return ts(m[1])+' | null'
    if (m:=re.match(r'Vec<(.*)>$',t)):
        i=ts(m[1]); return (f'({i})[]' if '|' in i else i+'[]')
    if (m:=re.match(r'(?:std::collections::)?BTreeMap<(\w+), (.*)>$',t)): return f'Record<string, {ts(m[2])}>'
    if (m:=re.match(r'\((.*)\)$',t)): return '['+', '.join(ts(x) for x in m[1].split(', '))+']'
    return t
snake=lambda v: re.sub(r'(?<!^)([A-Z])',r'_\1',v).lower()
out.append('/** Any JSON. */\nexport type Value = string | number | boolean | null | Value[] | { [key: string]: Value };\n')
for f in sorted(glob.glob('crates/api/src/*.rs')):
    L=open(f).read().split('\n'); i=0; doc=[]; attrs=[]
    while i<len(L):
        l=L[i]
        if l.startswith('/// '): doc.append(l[4:])
        elif l.startswith('#['): attrs.append(l)
        elif (m:=re.match(r'pub (struct|enum) (\w+) \{$',l)) and any('ToSchema' in a for a in attrs):
            kind,name=m.groups(); body=[]; i+=1
            while L[i]!='}': body.append(L[i]); i+=1
            if name not in('Account','SessionRecord'):
                out.append('/** '+' '.join(doc)+' */')
                if kind=='enum' and not any('tag' in a for a in attrs):
                    out.append(f'export type {name} = '+' | '.join('"%s"'%snake(x.strip(' ,')) for x in body if re.match(r'    \w+,',x))+';\n')
                elif kind=='enum':
                    vs=[];cur=None
                    for x in body:
                        if (mm:=re.match(r'    (\w+) \{',x)): cur=[snake(mm[1]),[]]; vs.append(cur)
                        elif (mm:=re.match(r'        (\w+): (.*),',x)): cur[1].append(f'{mm[1]}: {ts(mm[2])};')
                    out.append(f'export type {name} =\n  | '+'\n  | '.join('{ event: "%s"; %s }'%(a,' '.join(b)) for a,b in vs)+';\n')
                else:
                    ask=name.endswith('Ask') or name in('Condition','SearchFilter','NewProject','AuditQuery')
                    sd='#[serde(default)]' in attrs
                    out.append(f'export interface {name} {{'); d=[];a=[]
                    for x in body:
                        x=x.strip()
                        if x.startswith('/// '): d.append(x[4:])
                        elif x.startswith('#['): a.append(x)
                        elif (mm:=re.match(r'pub (\w+): (.*),',x)):
                            A=' '.join(a)
                            if 'serde(skip)' not in A:
                                fn='type' if 'rename = "type"' in A else mm[1]
                                opt='?' if ((ask and ('serde(default' in A or sd)) or 'skip_serializing_if' in A) else ''
                                out.append('  /** '+' '.join(d)+f' */\n  {fn}{opt}: {ts(mm[2])};')
                            d=[];a=[]
                    out.append('}\n')
            doc=[];attrs=[]
        else: doc=[];attrs=[]
        i+=1
# The types of activities with their fields, and the icons: crates/model says them, pages offer them.
model = open('crates/model/src/define/activity_type.rs').read()
kinds = []
for m in re.finditer(r'ActivityType \{\s*name: "(\w+)",\s*about: "([^"]*)",\s*fields: &\[(.*?)\],\s*\},', model, re.S):
    fields = re.findall(r'(text|number|integer|flag|date)\("(\w+)", "([^"]*)"\)', m[3])
    kinds.append(f'  {{ name: "{m[1]}", about: "{m[2]}", fields: [\n' + ''.join(f'    {{ name: "{n}", type: "{ {"flag": "boolean"}.get(t, t) }", about: "{a}" }},\n' for t, n, a in fields) + '  ] },')
icons = re.findall(r'"(\w+)"', model[model.index('pub const ICONS'):])
assert len(kinds) == model.count('ActivityType {') - 1 and icons, 'web/build/types.py does not read crates/model/src/define/activity_type.rs any more'
activities = ('// Activity types: the fields that types of activities have, and the icons there are. Same names as crates/model.\n\n'
    '/** A type of activity with its fields. */\nexport interface ActivityType {\n  name: string;\n  about: string;\n  fields: { name: string; type: string; about: string }[];\n}\n\n'
    '/** The types whose fields have names of their own. */\nexport const ACTIVITY_TYPES: ActivityType[] = [\n' + '\n'.join(kinds) + '\n];\n\n'
    '/** The names of pictures that stand for activities. */\nexport const ICONS = [' + ', '.join(f'"{one}"' for one in icons) + '];\n')
for path, text in (("web/src/api/types.ts", "\n".join(out)), ("web/src/api/activity-types.ts", activities)):
    if "--check" in sys.argv:
        if open(path).read() != text:
            sys.exit(f"{path} is not what the crates say; run web/build/types.py")
        print(f"{path} is what the crates say")
    else:
        open(path, "w").write(text)
