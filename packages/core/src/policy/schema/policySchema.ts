import type { NamespaceDefinition, SchemaJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { RecordType } from "./inputType.ts";

/** The Cedar action of one tool. */
export interface ToolAction {
  /** The action's id: the name that agents know the tool by, `Target___tool`. */
  readonly name: string;
  /** The action group that the tool is a member of: its target's, or CallTool for the search tool. */
  readonly group: string;
  /** The type of `context.input`. */
  readonly input: RecordType;
  /** The types that the action refers to, directly or not, without the gateway's own. */
  readonly types: Pick<NamespaceDefinition<string>, "commonTypes" | "entityTypes">;
  /** The name of the common type of `context.input`, such as `Target___toolInput`. */
  readonly inputTypeName: string;
}

/** The Cedar schema of a gateway (contract, "Policy (Cedar)"). */
export interface PolicySchema {
  readonly gatewayArn: string;
  /** The only type of principal that the gateway's authorizer lets in. */
  readonly principalType: string;
  /** The tools that have an action, by name, in the gateway's order. */
  readonly actions: ReadonlyMap<string, ToolAction>;
  /** Each action group's own group; `Mcp` has none. */
  readonly groups: ReadonlyMap<string, string | undefined>;
  /** The tools that Cedar cannot represent, and why. A call of one of them can't be decided, so it is denied. */
  readonly unrepresentable: ReadonlyMap<string, string>;
  /** A tool that has a type, by the type's unqualified name. */
  readonly typeOwners: ReadonlyMap<string, ToolAction>;
  readonly json: SchemaJson<string>;
  /** The schema in Cedar's own syntax, for people. */
  text(): string;
}
