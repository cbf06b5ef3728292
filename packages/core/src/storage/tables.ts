/** The shape of one DynamoDB table: everything a host needs to create it. */
export interface TableDefinition {
  readonly hashKey: string;
  readonly rangeKey: string;
  /** Global secondary indexes, all projecting every attribute; keys are strings. */
  readonly indexes: Readonly<Record<string, { readonly hashKey: string; readonly rangeKey: string }>>;
  /** The attribute that holds the item's end in epoch seconds, where items expire. */
  readonly ttl?: string;
}

const byKind = { byKind: { hashKey: "gsi1pk", rangeKey: "gsi1sk" } } as const;

/** The four tables. What their items look like is known to the repositories beside this file, and to nobody else. */
export const tables = {
  config: { hashKey: "pk", rangeKey: "sk", indexes: byKind, ttl: "expiresAt" },
  ledger: { hashKey: "pk", rangeKey: "sk", indexes: byKind, ttl: "expiresAt" },
  vault: { hashKey: "pk", rangeKey: "sk", indexes: {}, ttl: "expiresAt" },
  aggregates: { hashKey: "pk", rangeKey: "sk", indexes: {}, ttl: "expiresAt" },
} as const satisfies Record<string, TableDefinition>;

/** The name of one of the four tables. */
export type TableName = keyof typeof tables;
