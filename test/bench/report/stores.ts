/** What a command costs on each store. Counted by `npm run test:clouds` and by budget tests: nothing here is timed. */
export const stores = `## Every store

Counted by \`npm run test:clouds\` on real servers and their emulators: a command of one event, and 320 deposits on one entity by 16
writers, of which all succeeded on each store. Units are those that the vendor bills; a dash where none are billed or told.

| store | requests: warm, cold | units read and written: warm | cold | requests per contended deposit |
|---|---:|---:|---:|---:|
| DynamoDB (capacity units) | 1, 2 | 0, 1 | 1, 1 | 1.96 |
| Azure Tables (transactions) | 1, 2 | 0, 1 | 1, 1 | 1.95 |
| Durable Object (rows) | 1, 2 | 2, 1 | 6, 1 | 1.23 |
| Durable Object with a feed (rows) | 1, 2 | 3, 3 | 7, 3 | 1.23 |
| D1 (rows) | 1, 2 | 2, 1 | 6, 1 | 1.19 |
| D1 with a feed (rows) | 1, 2 | 3, 3 | 7, 3 | 1.19 |
| libSQL in a file | 1, 2 | - | - | 1.23 |
| libSQL on sqld (rows, as sqld counts) | 1, 2 | 5, 3 | 13, 3 | 2.06 |
| PostgreSQL | 1, 2 | - | - | 2.29 |
| SQLite | 1, 2 | - | - | 2.45 |
| Redis streams (example) | 1, 2 | - | - | 2.11 |
| Deno KV (example) | 1, 2 | - | - | 1.77 |

Contention depends on the machine and on who else is running. [azure.md](azure.md), [cloudflare.md](cloudflare.md),
[libsql.md](libsql.md) and [postgres.md](postgres.md) say what the units cost.
`
