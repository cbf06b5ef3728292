import type { McpTargetConfiguration, TargetType } from "@aws-sdk/client-bedrock-agentcore-control";
import type { Neighbour } from "../../review/shadowing.ts";
import type { TargetRecord, ToolDescription } from "../../storage/records.ts";
import type { InputOf } from "../operationTypes.ts";

/** A request that says what a target is to be. */
export type TargetInput = InputOf<"CreateGatewayTarget"> | InputOf<"UpdateGatewayTarget">;

type McpInput = NonNullable<TargetInput["targetConfiguration"]["mcp"]>;

/** The name of a kind: a member of `targetConfiguration.mcp`. */
export type KindName = Exclude<keyof McpInput, "$unknown">;

/** What a request says of a target of a kind, as the router has checked it. */
export type InputOfKind<Kind extends KindName> = NonNullable<McpInput[Kind]>;

/** What a kind of target can be called with (AgentCore, "Set up outbound authorization for your gateway"). */
export interface PossibleCredentials {
  /** What the kind is in words, as in `a Lambda target`. */
  readonly what: string;
  /** Whether it can be called without any; otherwise it is the gateway's role where nothing is said. */
  readonly none: boolean;
  /**
   * How it is called with the gateway's own role: for a service that its address names, for one that the configuration has
   * to name, or for one that it may name.
   */
  readonly role: "KNOWN_SERVICE" | "NAMED_SERVICE" | "KNOWN_OR_NAMED_SERVICE";
  readonly apiKey: boolean;
  readonly grants: readonly string[];
}

/** What a target's configuration is read with. */
export interface Reading {
  /** The target's name, which becomes a part of its tools' names. */
  readonly name: string;
  /** Where the configuration is in the request, as in `targetConfiguration.mcp.lambda`. */
  readonly path: string;
  readonly allowLoopback: boolean;
  /** The gateway's other targets: tools that are in the request must not be mistaken for theirs. */
  readonly neighbours: readonly Neighbour[];
}

/** What a request's configuration comes to. */
export interface ReadConfiguration {
  /** As it is stored: without what is kept apart from it. */
  readonly mcp: McpTargetConfiguration;
  /** The tools, where they are in the request: then the target needs no synchronisation. */
  readonly inline?: { readonly tools: readonly ToolDescription[]; readonly warnings: readonly string[] };
  /** The description that tools are read from, where it is in the request: it may be larger than an item of the table. */
  readonly schema?: string;
}

/** What is kept apart from a target's record, and belongs to its configuration. */
export interface Contents {
  readonly tools?: readonly ToolDescription[] | undefined;
  readonly schema?: string | undefined;
}

/** How a kind of target is configured. */
export interface ConfigurableKind<Kind extends KindName> {
  /** What lists of targets call it. */
  readonly targetType: TargetType;
  /**
   * Reads its configuration and makes sure that Gatehouse does all of it.
   * @throws GatehouseError `validation`
   */
  read(configuration: InputOfKind<Kind>, reading: Reading): ReadConfiguration;
  /**
   * Checks and completes the credentials that its calls go out with.
   * @throws GatehouseError `validation`
   */
  credentials(
    configurations: TargetInput["credentialProviderConfigurations"],
  ): TargetRecord["credentialProviderConfigurations"];
  /** The configuration as it was asked for, with what is kept apart from it; without this, as it is stored. */
  describe?(stored: McpTargetConfiguration, contents: Contents): McpTargetConfiguration;
}
