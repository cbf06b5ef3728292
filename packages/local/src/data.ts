import { access, constants, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";

/** Where the host keeps what has to survive it. */
export interface DataFolder {
  /** The folder of the events; of a host that keeps nothing, a temporary one. */
  readonly events: string;
  /** The database's file; none for a database in memory. */
  readonly database: string | undefined;
  /** The development issuer's key; none where tokens needn't outlive the host. */
  readonly issuerKey: string | undefined;
  /** The key that protects secrets; none where they needn't outlive the host. */
  readonly masterKey: string | undefined;
  /** Whether what is written has to survive even the machine's sudden end. */
  readonly durable: boolean;
  remove(): Promise<void>;
}

/**
 * Prepares the data folder, which is made readable for its owner only where it isn't there yet; `:memory:` keeps nothing.
 * @throws GatehouseError `validation` when the folder can't be made.
 */
export async function openData(data: string): Promise<DataFolder> {
  if (data === ":memory:") {
    const events = await mkdtemp(join(tmpdir(), "gatehouse-"));
    const remove = () => rm(events, { recursive: true, force: true });
    return { events, database: undefined, issuerKey: undefined, masterKey: undefined, durable: false, remove };
  }
  const folder = resolve(data);
  const events = join(folder, "events");
  try {
    await makeFolder(events);
    for (const path of [folder, events]) await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new GatehouseError(
      "validation",
      `The data folder ${folder} can't be written (${messageOf(error)}). Choose another with --data.`,
      { cause: error },
    );
  }
  return {
    events,
    database: join(folder, "tables.sqlite"),
    issuerKey: join(folder, "issuer-key.json"),
    masterKey: join(folder, "master-key"),
    durable: true,
    remove: async () => {},
  };
}

/** Node's own recursive mkdir never ends where a folder can't be made and doesn't say so, as below /proc. */
async function makeFolder(path: string): Promise<void> {
  const make = () => mkdir(path, { mode: 0o700 });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return;
    if (error.code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  });
}
