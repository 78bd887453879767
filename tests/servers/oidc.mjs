// A real OpenID provider on a loopback port, for tests of sign-in by client credentials.
//
// Usage: node oidc.mjs LIFE        LIFE: how many seconds a token lives
// Prints its address, then `ready`, one a line; ends when its standard input does.

import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const life = Number(process.argv[2] ?? 3600);
const scope = 'https://onefold.example/.default';
const forbidden = 'https://onefold.example/forbidden';
const noUser = {
  token_endpoint_auth_method: 'client_secret_post',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { client_id: 'onefold', client_secret: 'correct-horse-battery', scope, ...noUser },
      { client_id: 'guard', client_secret: 'guards-look-at-tokens', ...noUser },
    ],
    scopes: [scope, forbidden],
    ttl: { ClientCredentials: life },
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (ctx, client) => client.clientId === 'guard' },
      revocation: { enabled: true, allowedPolicy: (ctx, client) => client.clientId === 'guard' },
      devInteractions: { enabled: false },
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
  console.log('ready');
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
