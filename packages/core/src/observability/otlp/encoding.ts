import { create, type DescMessage, type MessageShape, toBinary, toJsonString } from "@bufbuild/protobuf";
import { StatusSchema } from "./generated/google/rpc/status_pb.ts";
import {
  type ExportTraceServiceResponse,
  ExportTraceServiceResponseSchema,
} from "./generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";

/** The two encodings of OTLP/HTTP. */
export type Encoding = "protobuf" | "json";

const mediaTypes = { protobuf: "application/x-protobuf", json: "application/json" } as const;

/** The encoding that a `Content-Type` names, if it is one. */
export function encodingOf(contentType: string): Encoding | undefined {
  const mediaType = contentType.split(";", 1)[0]?.trim().toLowerCase();
  if (mediaType === mediaTypes.json) return "json";
  // Both names are sent; the first is OTLP's.
  if (mediaType === mediaTypes.protobuf || mediaType === "application/protobuf") return "protobuf";
  return undefined;
}

/** What an answer consists of. */
export interface EncodedAnswer {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** The answer to a request that was taken, where all or most of its spans were. */
export function encodeSuccess(
  encoding: Encoding,
  partial?: { readonly rejectedSpans: number; readonly errorMessage: string },
): EncodedAnswer {
  const response: ExportTraceServiceResponse = create(ExportTraceServiceResponseSchema);
  if (partial === undefined) return encode(encoding, ExportTraceServiceResponseSchema, response);
  const { rejectedSpans, errorMessage } = partial;
  return encode(
    encoding,
    ExportTraceServiceResponseSchema,
    create(ExportTraceServiceResponseSchema, {
      partialSuccess: { rejectedSpans: BigInt(rejectedSpans), errorMessage },
    }),
  );
}

/** The answer to a request that was not taken. */
export function encodeStatus(
  encoding: Encoding,
  { code, message }: { readonly code: number; readonly message: string },
): EncodedAnswer {
  return encode(encoding, StatusSchema, create(StatusSchema, { code, message }));
}

function encode<Desc extends DescMessage>(
  encoding: Encoding,
  schema: Desc,
  message: MessageShape<Desc>,
): EncodedAnswer {
  const contentType = mediaTypes[encoding];
  if (encoding === "protobuf") return { contentType, body: toBinary(schema, message) };
  return { contentType, body: Buffer.from(toJsonString(schema, message)) };
}
