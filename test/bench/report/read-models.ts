/** What read models cost, beside other ways. Counted by tests, or computed by rules that are stated: nothing here is timed. */
export const readModels = `## Read models

What follows a commit: units of DynamoDB for each event of a batch of 100, which are of 100, 50 or 10 entities. Those of
Tailfold are counted by the tests \`views.test.ts\` and \`projection-budget.test.ts\` in \`test/stores/dynamodb/rows\`.
The others were not run: they follow from how each keeps its rows and its place, and from AWS's prices.

| way | write units | read units | requests |
|---|---:|---:|---:|
| the least there is: one write of each row that changed | 1 / 0.5 / 0.1 | 0 | 1 / 0.5 / 0.1 |
| Tailfold, view: a row for each entity | 1 / 0.5 / 0.1 | 0 | 1 / 0.5 / 0.1 |
| Tailfold, projection into 10 rows | 2.2 / 1.2 / 0.4 | 0.55 / 0.3 / 0.1 | 0.04 |
| Akka, exactly once, event by event | 5 | polling | 2 |
| Akka, exactly once, 100 events together, a row for each entity | 5 / 3 / 1.4 | polling | 0.02 to 0.03 |
| Akka, exactly once, 100 events together, 10 rows | 3.2 / 2.2 / 1.4 | polling | 0.02 to 0.03 |
| Akka, at least once, a row for each entity | 2 / 1.5 / 1.1 | polling | 0.08 |
| Emmett, Marten | SQL only | SQL only | 2 statements a batch |

- Tailfold, view: each index costs the same again. No place is kept: the revision in the row is the place.
- Tailfold, projection: rows and the positions of the entities in one transaction, which DynamoDB bills twice.
- Akka (akka-projection-dynamodb): exactly once is a transaction of the rows and an offset for each entity, at most 100 items,
  billed twice: 2 x (rows + entities) / 100, or 4 for a single event. At least once writes rows alone, and its offsets of slices
  now and then. 1 more for each event: the index of slices that its journal keeps for readers. Reading polls 1,024 slices, about
  $55 a month when nothing happens.
- Emmett and Marten keep their rows in PostgreSQL: an upsert of the rows and one update of the checkpoint for each batch. The
  place is one number in the order of all events, so a reader waits for what is not committed yet, or passes it by.

To make the rows again, of entities with 100 events each:

| way | read for each entity | write units for each entity |
|---|---|---:|
| Tailfold, view | its newest state, or the table by a scan: 1.7 units for 100 commits of 200 bytes | 1 |
| Tailfold, projection | all its events, by the same scan | rows and positions, as above |
| Akka | all its events, by a new component beside the old one | up to 100 rows, and offsets |
| Emmett, Marten | all its events | SQL only: up to 100 updates of the row |

\`npm run bench:rebuild\` does it for 100,000 entities beside 50 commands a second: [views.md](views.md#what-a-rebuild-costs).
`
