/** A command of the AWS SDK, as middleware sees it. */
export interface Command {
  readonly clientName?: string;
  readonly commandName?: string;
}

/** The part of its input that says what it is about. */
interface Input {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
  readonly RequestItems?: Readonly<Record<string, unknown>>;
}

/** The rights that a command needs, in the words of `checks/grants.ts`. */
export function rightsOf({ clientName, commandName = "" }: Command, input: Input): string[] {
  const action = commandName.replace(/Command$/, "");
  if (clientName === "EventBridgeClient") return [`events:${action} bus`];
  if (clientName === "KMSClient") return [`kms:${action} secrets if purpose=gatehouse`];
  const { TransactItems, RequestItems, TableName = "", IndexName } = input;
  // A transaction needs the rights of what is in it, and no other (DynamoDB Developer Guide, "IAM for transactions").
  if (TransactItems !== undefined) {
    return TransactItems.flatMap((item) =>
      Object.entries(item).map(([operation, { TableName }]) => `dynamodb:${operation}Item ${tableOf(TableName)}`),
    );
  }
  if (RequestItems !== undefined) return Object.keys(RequestItems).map((name) => `dynamodb:${action} ${tableOf(name)}`);
  const index = IndexName === undefined ? "" : `/${IndexName}`;
  return [`dynamodb:${action} ${tableOf(TableName)}${index}`];
}

function tableOf(name: string): string {
  return name.replace(/^gatehouse-/, "");
}
