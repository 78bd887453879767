//! Addresses, streets, house numbers and towns.

use super::words;

/// Words and what they are shortened to. Sorted.
const SHORT: [(&str, &str); 67] = [
    ("apartment", "unit"),
    ("apt", "unit"),
    ("av", "ave"),
    ("avenida", "ave"),
    ("avenue", "ave"),
    ("boulevard", "blvd"),
    ("building", "bldg"),
    ("circle", "cir"),
    ("circuit", "cct"),
    ("close", "cl"),
    ("court", "ct"),
    ("crescent", "cres"),
    ("crs", "cres"),
    ("crse", "cres"),
    ("drive", "dr"),
    ("drv", "dr"),
    ("east", "e"),
    ("esplanade", "esp"),
    ("expressway", "expy"),
    ("flat", "unit"),
    ("floor", "fl"),
    ("flr", "fl"),
    ("fort", "ft"),
    ("freeway", "fwy"),
    ("garden", "gdn"),
    ("gardens", "gdns"),
    ("grove", "gr"),
    ("grv", "gr"),
    ("heights", "hts"),
    ("highway", "hwy"),
    ("hway", "hwy"),
    ("junction", "jct"),
    ("lane", "ln"),
    ("level", "lvl"),
    ("mount", "mt"),
    ("mountain", "mtn"),
    ("north", "n"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("parade", "pde"),
    ("park", "pk"),
    ("parkway", "pkwy"),
    ("place", "pl"),
    ("plaza", "plz"),
    ("plce", "pl"),
    ("point", "pt"),
    ("retirement", "retrmnt"),
    ("road", "rd"),
    ("room", "rm"),
    ("route", "rte"),
    ("saint", "st"),
    ("south", "s"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("square", "sq"),
    ("station", "stn"),
    ("ste", "unit"),
    ("str", "st"),
    ("strasse", "str"),
    ("street", "st"),
    ("suite", "unit"),
    ("terr", "tce"),
    ("terrace", "tce"),
    ("trail", "trl"),
    ("valley", "vly"),
    ("village", "vlge"),
    ("west", "w"),
];

/// Words, the usual ones short: `12 Main Street, Apt. 3` is `12 main st unit 3`.
pub(super) fn address(text: &str) -> Option<String> {
    let text = if text.contains('#') { &text.replace('#', " unit ") } else { text };
    let found = words(text);
    let mut all = String::with_capacity(found.len());
    for word in found.split(' ') {
        let word = shortened(word);
        // `# 3`, `Apt #3`: one word for the unit.
        if word == "unit" && (all.ends_with(" unit") || all == "unit") {
            continue;
        }
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(word);
    }
    Some(if all.contains("box") {
        all.replace("post office box", "pobox").replace("p o box", "pobox").replace("po box", "pobox")
    } else {
        all
    })
}

/// Letters and digits without leading zeros; numbers stay apart.
pub(super) fn house_number(text: &str) -> Option<String> {
    let mut all = String::with_capacity(text.len());
    for letter in words(text).trim_start_matches(['0', ' ']).chars() {
        // `12 a` is `12a`, `12 3` stays.
        if letter.is_ascii_alphabetic() && all.ends_with(' ') {
            all.pop();
        }
        all.push(letter);
    }
    Some(all)
}

/// Words, the usual ones short.
pub(super) fn city(text: &str) -> Option<String> {
    let all = words(text);
    Some(
        all.split(' ')
            .map(|word| if matches!(word, "saint" | "mount" | "fort") { shortened(word) } else { word })
            .collect::<Vec<_>>()
            .join(" "),
    )
}

fn shortened(word: &str) -> &str {
    SHORT.binary_search_by(|(long, _)| (*long).cmp(word)).map_or(word, |place| SHORT[place].1)
}

#[cfg(test)]
pub(super) fn tables_are_sorted() -> bool {
    SHORT.is_sorted()
}
