import { openBusStore } from "../bus/store.ts";

/** Appends messages, says so as soon as they are acknowledged, and then waits to be killed. */
const store = await openBusStore(process.argv[2] ?? "", true);
await Promise.all(["one", "two", "three"].map((body) => store.append([{ queue: "record", body }])));
process.stdout.write("acknowledged\n");
setInterval(() => {}, 60_000);
