import type { NamespaceDefinition, SchemaJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { RecordType } from "./inputType.ts";
import type { SchemaGap } from "./normalize.ts";

/** The Cedar action of one tool. */
export interface ToolAction {
  /** The action's id: the name that agents know the tool by, `Target___tool`. */
  readonly name: string;
  /** The action group that the tool is a member of: its target's, or CallTool for the search tool. */
  readonly group: string;
  /** The type of `context.input`. */
  readonly input: RecordType;
  /** The type of `context.interceptor`, where the gateway's interceptor tells policies something. */
  readonly interceptor?: RecordType;
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
  /** The tools that Cedar cannot represent at all, and why. A call of one of them can't be decided, so it is denied. */
  readonly unrepresentableTools: ReadonlyMap<string, string>;
  /**
   * All that Cedar can't represent, or not in full. A call of a tool with such a property is decided by whatever policies
   * don't need it: one that does is not valid for the tool.
   */
  readonly unrepresentable: readonly Unrepresented[];
  /** A tool that has a type, by the type's unqualified name. */
  readonly typeOwners: ReadonlyMap<string, ToolAction>;
  readonly json: SchemaJson<string>;
  /** The schema in Cedar's own syntax, for people. */
  text(): string;
  /** The schema for whoever writes policies. */
  describe(): SchemaDescription;
}

/** A tool, or one of its properties, that policies can't decide about, or not fully. */
export interface Unrepresented {
  readonly tool: string;
  /** Where it is in the tool's input, such as `input.a.b`; absent for the whole tool. */
  readonly property?: string;
  /** Why, in words that go after "because". */
  readonly reason: string;
  /** What policies see of it all the same: nothing, whether it is there, or its value, but not every value it may have. */
  readonly policiesSee: SchemaGap["policiesSee"];
}

/** A gateway's Cedar schema in both of Cedar's forms, and what is missing in it. */
export interface SchemaDescription {
  readonly cedarText: string;
  readonly cedarJson: SchemaJson<string>;
  readonly unrepresentable: readonly Unrepresented[];
}
