// A real OpenID provider on a loopback port, for tests of people signing in (authorization code).
//
// Usage: node people.mjs CALLBACK        CALLBACK: where browsers are sent back to
// Prints its issuer, then that of another provider that signs with the same keys, then `ready`, one a line. A line of JSON on its
// standard input changes who is in which groups: {"ann": ["clinic-staff"]}. Ends when its standard input does.

import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { createInterface } from 'node:readline';
import Provider from 'oidc-provider';

const callback = process.argv[2];
const groups = new Map([
  ['ann', ['clinic-staff', 'bowling']],
  ['adam', ['clinic-admins', 'clinic-staff']],
  ['nora', ['bowling']],
]);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'only', use: 'sig', alg: 'RS256' }] };

function start(server) {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'onefold-web',
      client_secret: 'staple-battery-horse',
      redirect_uris: [callback],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    jwks,
    cookies: { keys: ['only for tests'] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], groups: ['groups'] },
    scopes: ['openid', 'profile', 'groups'],
    pkce: { required: () => true },
    async findAccount(_, id) {
      const claims = { sub: id, name: `${id[0].toUpperCase()}${id.slice(1)} Person`, preferred_username: id, groups: groups.get(id) };
      return { accountId: id, claims: async () => claims };
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
}

const servers = [createServer(), createServer()];
let waiting = servers.length;
for (const server of servers) {
  server.listen(0, '127.0.0.1', () => {
    waiting -= 1;
    if (waiting > 0) return;
    servers.forEach(start);
    console.log('ready');
  });
}

createInterface({ input: process.stdin })
  .on('line', (line) => Object.entries(JSON.parse(line)).forEach(([who, all]) => groups.set(who, all)))
  .on('close', () => process.exit(0));
