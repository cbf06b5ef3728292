import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";

/** Where the tokens of one owner for one purpose are. Made by `identity/outbound/owner.ts`. */
export interface TokenKey {
  /** `TOKEN#` and a digest of provider, agent and user. */
  readonly pk: string;
  /** `SCOPES#` and a digest of what the tokens are for. */
  readonly sk: string;
}

/** Tokens as they are stored. */
export interface SealedTokens {
  readonly sealed: string;
  /** Tells one set of tokens from the next. */
  readonly version: string;
  /** When nobody needs them any more, in epoch seconds. */
  readonly expiresAt: number;
}

/** What is stored for one key: tokens, a lease of whoever gets new ones, or both. */
export interface TokenRow {
  readonly tokens?: Pick<SealedTokens, "sealed" | "version">;
  /** In epoch milliseconds. */
  readonly leaseUntil?: number;
}

export type ConsentStatus = "BEGUN" | "SENT" | "ANSWERED" | "COMPLETE" | "FAILED";

/** A consent on its way. Each member is sealed on its own, by `identity/outbound/sessions.ts`. */
export interface SessionRow {
  readonly status: ConsentStatus;
  readonly sealedRequest: string;
  /** What proves that an answer belongs to it; from SENT on. */
  readonly sealedProof?: string;
  /** What the issuer has given; while it is ANSWERED. */
  readonly sealedTokens?: string;
  /** Why it has FAILED, in words that hold no secret. */
  readonly failure?: string;
  /** In epoch seconds. */
  readonly expiresAt: number;
}

/** The secrets that Gatehouse keeps for others, all sealed. Every read is consistent. */
export interface VaultRepository {
  tokens(key: TokenKey): Promise<TokenRow | undefined>;
  /**
   * Lets one of many get new tokens.
   * @param version of the tokens that were read; undefined where there were none.
   * @returns whether it is the caller's turn: nobody else has a lease, and the tokens are those that were read.
   */
  lease(key: TokenKey, lease: Lease, version: string | undefined): Promise<boolean>;
  /** Stores tokens and ends the lease. @returns whether the lease was still there; nothing is stored without. */
  putTokens(key: TokenKey, owner: string, tokens: SealedTokens): Promise<boolean>;
  /** Ends a lease and leaves the tokens as they are. */
  release(key: TokenKey, owner: string): Promise<void>;
  /** Deletes the tokens and ends the lease. @returns whether the lease was still there. */
  drop(key: TokenKey, owner: string): Promise<boolean>;

  beginSession(id: string, session: Pick<SessionRow, "sealedRequest" | "expiresAt">): Promise<void>;
  session(id: string): Promise<SessionRow | undefined>;
  /**
   * Takes a session a step further.
   * @param now in epoch milliseconds.
   * @returns whether it was where it should be, and not over: of several that try at once, one succeeds.
   */
  advance(id: string, step: SessionStep, now: number): Promise<boolean>;
  /** Adds what the issuer has given to a session that is ANSWERED. @returns whether that could be. */
  answer(id: string, sealedTokens: string, now: number): Promise<boolean>;
  /** Moves the tokens of an ANSWERED session to where their owner finds them, at once. @returns whether that could be. */
  complete(id: string, key: TokenKey, tokens: SealedTokens, now: number): Promise<boolean>;

  /** The deployment's first; a rotation's are with the configuration (`signingKeyRepository.ts`). */
  signingKey(): Promise<StoredSigningKey | undefined>;
  /** Stores the key unless there is one, and answers with the one that is then there. */
  putSigningKeyIfAbsent(key: StoredSigningKey): Promise<StoredSigningKey>;
}

export interface Lease {
  readonly owner: string;
  /** In epoch milliseconds, as `until`. */
  readonly now: number;
  readonly until: number;
}

export interface SessionStep {
  readonly from: ConsentStatus;
  readonly to: ConsentStatus;
  readonly sealedProof?: string;
  readonly failure?: string;
}

/** The private key that Gatehouse signs with, in JWK format. */
export interface StoredSigningKey {
  readonly kid: string;
  readonly sealed: string;
}

/** A row that holds nothing but a lease is deleted this long after the lease is over. */
const leaseRestSeconds = 3_600;

const signingKeyKey = { pk: "SIGNING-KEY", sk: "SIGNING-KEY" } as const;
const sessionKey = (id: string) => ({ pk: `SESSION#${id}`, sk: "SESSION" });

/**
 * The vault table.
 *
 *     pk                sk                item
 *     TOKEN#<digest>    SCOPES#<digest>   tokens of one owner for one purpose, and the lease of whoever gets new ones; expires
 *     SESSION#<id>      SESSION           a consent on its way; expires
 *     SIGNING-KEY       SIGNING-KEY       the key that Gatehouse signs with until its first rotation
 */
export function vaultRepository({
  client,
  table: TableName,
}: {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
}): VaultRepository {
  async function read(Key: TokenKey) {
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return Item;
  }

  const update = (Key: TokenKey, input: Omit<UpdateCommandInput, "TableName" | "Key">) =>
    whether(client.send(new UpdateCommand({ TableName, Key, ...input })));

  const drop = (Key: TokenKey, owner: string) =>
    whether(client.send(new DeleteCommand({ TableName, Key, ...heldBy(owner) })));

  async function signingKey() {
    const item = await read(signingKeyKey);
    return item && { kid: String(item.kid), sealed: String(item.sealed) };
  }

  return {
    async tokens(key) {
      const item = await read(key);
      if (item === undefined) return undefined;
      const { sealed, version, leaseUntil } = item as Partial<Record<string, string & number>>;
      return {
        ...(sealed === undefined || version === undefined ? {} : { tokens: { sealed, version } }),
        ...(leaseUntil === undefined ? {} : { leaseUntil }),
      };
    },
    lease: (key, { owner, now, until }, version) =>
      update(key, {
        ConditionExpression: `(attribute_not_exists(leaseUntil) OR leaseUntil <= :now) AND ${version === undefined ? "attribute_not_exists(version)" : "version = :version"}`,
        UpdateExpression: "SET leaseOwner = :owner, leaseUntil = :until, expiresAt = if_not_exists(expiresAt, :rest)",
        ExpressionAttributeValues: {
          ":owner": owner,
          ":now": now,
          ":until": until,
          ":rest": Math.ceil(until / 1_000) + leaseRestSeconds,
          ...(version === undefined ? {} : { ":version": version }),
        },
      }),
    putTokens: (key, owner, { sealed, version, expiresAt }) =>
      update(key, {
        ConditionExpression: "leaseOwner = :owner",
        UpdateExpression:
          "SET sealed = :sealed, version = :version, expiresAt = :expiresAt REMOVE leaseOwner, leaseUntil",
        ExpressionAttributeValues: {
          ":owner": owner,
          ":sealed": sealed,
          ":version": version,
          ":expiresAt": expiresAt,
        },
      }),
    async release(key, owner) {
      await update(key, { ...heldBy(owner), UpdateExpression: "REMOVE leaseOwner, leaseUntil" });
    },
    drop,

    async beginSession(id, session) {
      const Item = { ...sessionKey(id), status: "BEGUN", ...session };
      await client.send(new PutCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" }));
    },
    async session(id) {
      const item = await read(sessionKey(id));
      // Only this file writes it.
      return item as SessionRow | undefined;
    },
    advance: (id, { from, to, sealedProof, failure }, now) =>
      update(sessionKey(id), {
        ConditionExpression: "#status = :from AND expiresAt > :now",
        UpdateExpression: [
          "SET #status = :to",
          ...(sealedProof === undefined ? [] : [", sealedProof = :proof"]),
          ...(failure === undefined ? [] : [", failure = :failure"]),
          ...(to === "FAILED" ? [" REMOVE sealedProof, sealedTokens"] : []),
        ].join(""),
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: {
          ":from": from,
          ":to": to,
          ":now": now / 1_000,
          ...(sealedProof === undefined ? {} : { ":proof": sealedProof }),
          ...(failure === undefined ? {} : { ":failure": failure }),
        },
      }),
    answer: (id, sealedTokens, now) =>
      update(sessionKey(id), {
        ConditionExpression: "#status = :answered AND attribute_not_exists(sealedTokens) AND expiresAt > :now",
        UpdateExpression: "SET sealedTokens = :tokens REMOVE sealedProof",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":answered": "ANSWERED", ":tokens": sealedTokens, ":now": now / 1_000 },
      }),
    complete(id, key, tokens, now) {
      const Update = {
        TableName,
        Key: sessionKey(id),
        ConditionExpression: "#status = :answered AND attribute_exists(sealedTokens) AND expiresAt > :now",
        UpdateExpression: "SET #status = :complete REMOVE sealedTokens",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":answered": "ANSWERED", ":complete": "COMPLETE", ":now": now / 1_000 },
      };
      // A lease of somebody who refreshes older tokens ends with them.
      const Put = { TableName, Item: { ...key, ...tokens } };
      return whether(client.send(new TransactWriteCommand({ TransactItems: [{ Update }, { Put }] })));
    },

    signingKey,
    async putSigningKeyIfAbsent(key) {
      const Item = { ...signingKeyKey, ...key };
      const put = new PutCommand({ TableName, Item, ConditionExpression: "attribute_not_exists(pk)" });
      if (await whether(client.send(put))) return key;
      const winner = await signingKey();
      if (winner === undefined) throw new Error("The signing key was there a moment ago, and no longer is.");
      return winner;
    },
  };
}

const heldBy = (owner: string) => ({
  ConditionExpression: "leaseOwner = :owner",
  ExpressionAttributeValues: { ":owner": owner },
});

/** Whether the condition of a write has held. */
async function whether(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    if (error instanceof TransactionCanceledException) {
      const codes = error.CancellationReasons?.map(({ Code }) => Code) ?? [];
      if (codes.includes("ConditionalCheckFailed")) return false;
    }
    throw error;
  }
}
