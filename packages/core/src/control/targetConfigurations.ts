import type { TargetConfiguration, TargetType } from "@aws-sdk/client-bedrock-agentcore-control";
import type { Neighbour } from "../review/shadowing.ts";
import type { TargetRecord } from "../storage/records.ts";
import { defined } from "./defined.ts";
import { checkMetadata } from "./metadata.ts";
import { refuse, refuseMembers } from "./supported.ts";
import { apiGatewayConfiguration } from "./targetConfigurations/apiGateway.ts";
import type {
  ConfigurableKind,
  Contents,
  KindName,
  ReadConfiguration,
  TargetInput,
} from "./targetConfigurations/kind.ts";
import { lambdaConfiguration } from "./targetConfigurations/lambda.ts";
import { mcpServerConfiguration } from "./targetConfigurations/mcpServer.ts";
import { openApiSchemaConfiguration } from "./targetConfigurations/openApiSchema.ts";
import { smithyModelConfiguration } from "./targetConfigurations/smithyModel.ts";

/** The kinds of target that can be configured, by their name in `targetConfiguration.mcp`. */
const kinds: { readonly [Kind in KindName]?: ConfigurableKind<Kind> } = {
  lambda: lambdaConfiguration,
  mcpServer: mcpServerConfiguration,
  openApiSchema: openApiSchemaConfiguration,
  apiGateway: apiGatewayConfiguration,
  smithyModel: smithyModelConfiguration,
};

/** What a request says of a target; what is kept apart from its record stands beside it. */
type Settings = Pick<
  TargetRecord,
  "name" | "description" | "targetConfiguration" | "credentialProviderConfigurations" | "metadataConfiguration"
> &
  Omit<ReadConfiguration, "mcp">;

/**
 * Reads what a request says of a target and makes sure that Gatehouse does all of it.
 * @param neighbours the gateway's other targets, whose tools those of this one must not be mistaken for.
 * @throws GatehouseError `validation`
 */
export function readTarget(
  input: TargetInput,
  allowLoopback: boolean,
  neighbours: readonly Neighbour[] = [],
): Settings {
  refuseMembers(input, "", "privateEndpoint");
  const { name, description, targetConfiguration, credentialProviderConfigurations, metadataConfiguration } = input;
  checkMetadata(metadataConfiguration);
  if (name === undefined) refuse("name", "is required");
  const { mcp } = targetConfiguration;
  const kindName = kindNameOf(targetConfiguration);
  const kind = kindName && kindNamed(kindName);
  if (mcp === undefined || kindName === undefined || kind === undefined) {
    refuse(
      "targetConfiguration.mcp",
      `must be one of ${Object.keys(kinds).join(", ")}: other targets are not part of Gatehouse yet`,
    );
  }
  const path = `targetConfiguration.mcp.${kindName}`;
  // The kind of this name reads the member of this name.
  const { mcp: stored, ...apart } = kind.read(mcp[kindName] as never, { name, path, allowLoopback, neighbours });
  return {
    name,
    ...defined({ description, metadataConfiguration }),
    targetConfiguration: { mcp: stored },
    credentialProviderConfigurations: kind.credentials(credentialProviderConfigurations),
    ...apart,
  };
}

/** A target's configuration as it was asked for, with what is kept apart from its record. */
export function describeConfiguration({ targetConfiguration }: TargetRecord, contents: Contents): TargetConfiguration {
  const kindName = kindNameOf(targetConfiguration);
  const describe = kindName && kindNamed(kindName)?.describe;
  const { mcp } = targetConfiguration;
  return mcp === undefined || !describe ? targetConfiguration : { mcp: describe(mcp, contents) };
}

/** What lists of targets call a target's kind. */
export function targetTypeOf({ targetConfiguration }: TargetRecord): TargetType | undefined {
  const kindName = kindNameOf(targetConfiguration);
  return kindName && kindNamed(kindName)?.targetType;
}

/** Whether a target's tools are in its configuration, so that there is nothing to read them from. */
export function hasInlineTools({ mcp }: TargetConfiguration): boolean {
  return mcp?.lambda?.toolSchema?.inlinePayload !== undefined;
}

/** The one member of `targetConfiguration.mcp`. */
export function kindNameOf({ mcp }: { readonly mcp?: object | undefined }): KindName | undefined {
  return Object.keys(mcp ?? {})[0] as KindName | undefined; // The router lets nothing else in.
}

/** A kind, read with whatever configuration has its name. */
function kindNamed(name: KindName): ConfigurableKind<never> | undefined {
  return kinds[name];
}
