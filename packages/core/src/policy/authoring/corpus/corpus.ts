import { bankEntries } from "./bank.ts";
import { doubtfulEntries } from "./doubtful.ts";
import type { CorpusEntry } from "./entry.ts";
import { heldOut } from "./heldOut.ts";
import { insuranceEntries } from "./insurance.ts";
import { officeEntries } from "./office.ts";
import { operationsEntries } from "./operations.ts";

/** Every sentence that the author is measured by: those it was made with, those that were thought of against it, and those that were held back at first. */
export const corpus: readonly CorpusEntry[] = [
  ...insuranceEntries,
  ...bankEntries,
  ...officeEntries,
  ...operationsEntries,
  ...doubtfulEntries,
  ...heldOut,
];
