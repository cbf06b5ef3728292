import { startUpstream } from "../../test/support/upstream.ts";

const { endpoint } = await startUpstream();
process.send?.(endpoint);
process.on("disconnect", () => process.exit());
