import { LRUCache } from "lru-cache";
import { binding } from "../../../storage/records.ts";
import type { TargetCredentials } from "../credentials/credential.ts";
import { withCredential } from "../credentials/withCredential.ts";
import { isUnauthorized, sendRequest } from "../http/send.ts";
import { discoveredElsewhere, TargetError, type TargetKind } from "../target.ts";
import type { BoundOperation } from "./operation.ts";

export interface SmithyModelOptions {
  readonly allowLoopback: boolean;
  readonly credentials: TargetCredentials;
}

/**
 * A service that a Smithy model describes, over restJson1 or awsJson, with requests signed by the gateway's own role, or
 * with a token of the gateway's (AgentCore's "Smithy model targets"). What the model says of an operation is kept with its tool; a call is written and
 * read by the AWS SDK's own protocols.
 */
export function smithyModelTarget({ allowLoopback, credentials }: SmithyModelOptions): TargetKind {
  const operations = new LRUCache<string, BoundOperation>({ max: 500 });

  /** Loaded when first called: most gateways have no such target. */
  async function operationOf(bindingText: string): Promise<BoundOperation> {
    let operation = operations.get(bindingText);
    if (operation === undefined) {
      const { boundOperation } = await import("./operation.ts");
      operation = boundOperation(bindingText);
      operations.set(bindingText, operation);
    }
    return operation;
  }

  return {
    async call(invocation) {
      const { tool, target } = invocation;
      const bindingText = tool[binding];
      if (bindingText === undefined) {
        throw new TargetError(`${target.name} must be synchronised again: how ${tool.name} is called is not known.`);
      }
      const [{ requestFor, resultFor }, { ArgumentError }] = await Promise.all([
        import("./call.ts"),
        import("./values.ts"),
      ]);
      const operation = await operationOf(bindingText);
      const request = await requestFor(operation, invocation.arguments).catch((error: unknown) => {
        if (error instanceof ArgumentError) return error;
        throw error;
      });
      if (request instanceof ArgumentError) {
        return { content: [{ type: "text", text: `Invalid arguments: ${request.message}.` }], isError: true };
      }
      const { signing } = operation.binding;
      const answer = await withCredential(
        credentials,
        { ...invocation, ...(signing === undefined ? {} : { signing }) },
        (credential) => sendRequest(request, invocation, { allowLoopback, ...credential }),
        isUnauthorized,
      );
      return resultFor(operation, answer, { tool, url: request.url });
    },
    discover: discoveredElsewhere,
  };
}
