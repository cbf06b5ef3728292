import { type QueuedEvent, recordEvents } from "@gatehouse/core/observability/record.ts";
import { createDocumentClient } from "@gatehouse/core/storage/client.ts";
import { compaction } from "@gatehouse/core/storage/counts/compaction.ts";
import { recordRepository } from "@gatehouse/core/storage/recordRepository.ts";

// A process that does what `record` does with each batch that it is sent, and says so when the batch is recorded. It can be
// killed at any moment, as Lambda's environments and machines are.
const [ledger = "", aggregates = ""] = process.argv.slice(2);
const client = createDocumentClient();
const { merge } = compaction({ client, table: aggregates });
const repository = recordRepository({
  client,
  tables: { ledger, aggregates },
  merge: (day) => merge(day).catch(() => {}),
  // Much more often than in earnest, so that it is killed while it merges, too.
  drawMerge: () => Math.random() < 0.3,
});

process.on("message", ({ id, batch }: { id: number; batch: readonly QueuedEvent[] }) => {
  void recordEvents(batch, repository).then(
    (failed) => process.send?.({ id, failed }),
    () => process.send?.({ id, failed: batch.map(({ messageId }) => messageId) }),
  );
});
process.send?.("ready");
process.on("disconnect", () => process.exit());
