import type { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import type { ApiGatewayTargetConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { messageOf } from "../../../errors.ts";
import { readDocument } from "../openApiSchema/document.ts";
import { toolsOfDocument } from "../openApiSchema/operations.ts";
import { type Discovery, TargetError, type TargetKind } from "../target.ts";
import { selectionOf } from "./selection.ts";

const milliseconds = 30_000;

/** Asks API Gateway for the description of a stage. */
export interface RestApiExports {
  /** @returns an OpenAPI 3.0 description, as JSON text. @throws TargetError */
  read(configuration: Pick<ApiGatewayTargetConfiguration, "restApiId" | "stage">): Promise<string>;
}

/**
 * Asks API Gateway, with the rights of the process.
 * @param client is asked for when first needed: most targets need none.
 */
export function createRestApiExports(client: () => Promise<APIGatewayClient>): RestApiExports {
  let connected: Promise<APIGatewayClient> | undefined;
  return {
    async read({ restApiId, stage }) {
      try {
        connected ??= client();
        const { GetExportCommand } = await import("@aws-sdk/client-api-gateway");
        const command = new GetExportCommand({
          restApiId,
          stageName: stage,
          exportType: "oas30",
          accepts: "application/json",
        });
        const { body } = await (await connected).send(command, { abortSignal: AbortSignal.timeout(milliseconds) });
        return Buffer.from(body ?? new Uint8Array()).toString();
      } catch (error) {
        throw new TargetError(
          `The stage ${stage} of the REST API ${restApiId} could not be exported: ${reasonOf(error)}`,
          {
            cause: error,
          },
        );
      }
    },
  };
}

/** Makes tools of those operations of a stage that the target's filters name. */
export function discoverApiGateway(options: {
  readonly allowLoopback: boolean;
  readonly exports: RestApiExports;
}): TargetKind["discover"] {
  return async ({ targetConfiguration: { mcp } }): Promise<Discovery> => {
    if (mcp?.apiGateway === undefined) throw new TargetError("The target names no REST API.");
    const document = await readDocument(await options.exports.read(mcp.apiGateway));
    const selection = selectionOf(mcp.apiGateway.apiGatewayToolConfiguration ?? { toolFilters: [] });
    const { tools, warnings = [] } = await toolsOfDocument(document, { ...options, select: selection.select });
    return { tools, warnings: [...selection.unused().map((what) => `${what} matches no operation.`), ...warnings] };
  };
}

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  const named = error instanceof Error && !message.includes(error.name) ? `${error.name}: ${message}` : message;
  return /credential|security token|UnrecognizedClient|connect|getaddrinfo/i.test(named)
    ? `${named} (this needs AWS credentials with apigateway:GET for it, and API Gateway within reach)`
    : named;
}
