import { CreateBasePathMappingCommand, CreateDomainNameCommand } from "@aws-sdk/client-api-gateway";
import { all } from "../checks/find.ts";
import { type Graph, type Inputs, type Resource, region } from "../synth/graph.ts";
import type { Clients } from "./clients.ts";
import type { Names } from "./names.ts";

// Where the deployment on the emulator differs from the one on AWS: all of it is in this file. Where the emulator differs
// from AWS, and matters here, it is put right in `serve.py`.

/**
 * Functions are told where the edge is on this machine, and that an issuer may be on this machine too; and ministack 1.5.33
 * streams no answers. (Where AWS answers, functions are told by the emulator: `AWS_ENDPOINT_URL`.)
 */
export function adapt(graph: Graph, url: string): Graph {
  const changes: Readonly<Record<string, (inputs: Inputs) => Inputs>> = {
    "aws:lambda/function:Function": (inputs) => ({ ...inputs, environment: toldOf(inputs.environment, url) }),
    "aws:apigateway/integration:Integration": buffered,
  };
  const changed = ({ inputs, ...resource }: Resource) => ({
    ...resource,
    inputs: changes[resource.type]?.(inputs) ?? inputs,
  });
  return { ...graph, resources: graph.resources.map(changed) };
}

function toldOf({ variables }: Inputs, url: string): Inputs {
  if (variables.GATEHOUSE_URL === undefined) return { variables };
  return { variables: { ...variables, GATEHOUSE_URL: url, GATEHOUSE_ALLOW_LOOPBACK: "true" } };
}

/** Takes an invocation that is answered at once for one that is answered by a stream: it knows no other. */
function buffered({ uri, responseTransferMode: _, ...inputs }: Inputs): Inputs {
  const streaming = new RegExp(
    `^(arn:aws:apigateway:${region}:lambda:path)/2021-11-15/(.+)/response-streaming-invocations$`,
  );
  return { ...inputs, responseTransferMode: "BUFFERED", uri: uri.replace(streaming, "$1/2015-03-31/$2/invocations") };
}

/**
 * Gives the API the name that the emulator has on this machine, with the stage as the base path, so that its addresses
 * look as they do to CloudFront. The API's own name there is below `localhost`, which isn't resolved everywhere.
 */
export async function nameApi(graph: Graph, names: Names, { apiGateway }: Clients): Promise<void> {
  const domainName = "127.0.0.1";
  const restApiId = names.in(all(graph, "apigateway/restApi")[0]?.outputs.id);
  const { stage } = graph.app;
  await apiGateway.send(new CreateDomainNameCommand({ domainName }));
  await apiGateway.send(new CreateBasePathMappingCommand({ domainName, restApiId, basePath: stage, stage }));
}
