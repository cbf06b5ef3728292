import { AwsJson1_0Protocol, AwsJson1_1Protocol, AwsRestJsonProtocol } from "@aws-sdk/core/protocols";
import type { HttpProtocol } from "@smithy/core/protocols";
import { NormalizedSchema, operation as operationSchema } from "@smithy/core/schema";
import type { $SchemaRef, OperationSchema, StaticSchema } from "@smithy/types";
import type { MemberRef, SmithyBinding, WireShape } from "./binding.ts";

/** An operation as the AWS SDK's protocols take it. */
export interface BoundOperation {
  readonly binding: SmithyBinding;
  readonly protocol: HttpProtocol;
  readonly schema: OperationSchema;
  readonly input: NormalizedSchema;
}

/** Makes of a tool's binding what the SDK makes of a model when a client is generated. */
export function boundOperation(bindingText: string): BoundOperation {
  const binding = JSON.parse(bindingText) as SmithyBinding; // Only `discover` writes it.
  const { namespace, operation, http, hostPrefix, shapes, input, output } = binding;
  const schemas = staticSchemas(shapes, namespace);
  const schemaOf = (key: string | undefined): $SchemaRef => schemas.get(key ?? "") ?? "unit";
  const traits = {
    ...(http === undefined ? {} : { http: [...http] }),
    ...(hostPrefix ? { endpoint: [hostPrefix] } : {}),
  };
  return {
    binding,
    protocol: protocolOf(binding),
    // The types of traits in the SDK say `http` and `endpoint` have other forms than its own protocols read.
    schema: operationSchema(
      namespace,
      operation,
      traits as Parameters<typeof operationSchema>[2],
      schemaOf(input),
      schemaOf(output),
    ),
    input: NormalizedSchema.of(schemaOf(input)),
  };
}

function protocolOf({ protocol, namespace, service, queryCompatible = false }: SmithyBinding): HttpProtocol {
  const rpc = { defaultNamespace: namespace, serviceTarget: service, awsQueryCompatible: queryCompatible };
  switch (protocol) {
    case "restJson1":
      return new AwsRestJsonProtocol({ defaultNamespace: namespace });
    case "awsJson1_0":
      return new AwsJson1_0Protocol(rpc);
    case "awsJson1_1":
      return new AwsJson1_1Protocol(rpc);
  }
}

/** References become functions, because shapes may contain themselves. */
function staticSchemas(shapes: SmithyBinding["shapes"], namespace: string): Map<string, StaticSchema> {
  const schemas = new Map<string, StaticSchema>();
  const refOf = ([target, traits]: MemberRef): $SchemaRef => {
    const schema = typeof target === "number" ? target : () => schemas.get(target);
    return [schema, traits] as unknown as $SchemaRef; // A member with traits; the SDK's types know only some numbers.
  };
  for (const [key, shape] of Object.entries(shapes)) schemas.set(key, staticSchema(shape, namespace, refOf));
  return schemas;
}

function staticSchema(shape: WireShape, namespace: string, refOf: (member: MemberRef) => $SchemaRef): StaticSchema {
  const [kind, name, traits] = shape;
  if (kind === 1) return [1, namespace, name, traits, refOf(shape[3])];
  if (kind === 2) return [2, namespace, name, traits, refOf(shape[3]), refOf(shape[4])];
  const [, , , names, members] = shape;
  return [kind, namespace, name, traits, [...names], members.map(refOf)] as StaticSchema; // A structure or a union.
}
