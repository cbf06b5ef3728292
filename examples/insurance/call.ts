/** What a function reads of Lambda's context when a gateway calls it: who calls is in the client context. */
export interface ToolContext {
  readonly clientContext?: { readonly custom?: Readonly<Record<string, string>> } | undefined;
}

/**
 * Makes sure that a function was called for the tool that it implements.
 * @param tool the tool's own name: the gateway puts the target's name and three underscores before it.
 * @throws Error for any other tool, or none.
 */
export function expectTool({ clientContext }: ToolContext, tool: string): void {
  const name = clientContext?.custom?.bedrockAgentCoreToolName;
  if (name?.slice(name.indexOf("___") + 3) !== tool) {
    throw new Error(`This function implements the tool ${tool}, and was called for ${name ?? "none"}.`);
  }
}

/** An argument that must be text. @throws Error naming it otherwise. */
export function textOf(event: Readonly<Record<string, unknown>>, name: string): string {
  const value = event[name];
  if (typeof value !== "string" || value.trim() === "") throw new Error(`${name} must be a text that isn't empty.`);
  return value.trim();
}

/** An argument that must be a whole number of at least 1. @throws Error naming it otherwise. */
export function amountOf(event: Readonly<Record<string, unknown>>, name: string): number {
  const value = event[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw new Error(`${name} must be a whole number of dollars, at least 1.`);
  }
  return value;
}

/** An argument that must be true or false. @throws Error naming it otherwise. */
export function flagOf(event: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = event[name];
  if (typeof value !== "boolean") throw new Error(`${name} must be true or false.`);
  return value;
}
