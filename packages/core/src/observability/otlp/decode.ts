import { fromBinary, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { messageOf } from "../../errors.ts";
import { isJsonObject, type Json } from "../../json.ts";
import type { Encoding } from "./encoding.ts";
import { malformed, OtlpError } from "./errors.ts";
import { requireBoundedJson, requireBoundedMessage } from "./extent.ts";
import {
  type ExportTraceServiceRequest,
  ExportTraceServiceRequestSchema,
} from "./generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";

/**
 * Reads a request of OTLP's trace service, decompressed.
 * @throws OtlpError with what is wrong with it.
 */
export function decodeRequest(encoding: Encoding, bytes: Uint8Array): ExportTraceServiceRequest {
  try {
    return encoding === "protobuf" ? fromProtobuf(bytes) : fromOtlpJson(bytes);
  } catch (error) {
    if (error instanceof OtlpError) throw error;
    const name = encoding === "protobuf" ? "protobuf" : "JSON";
    throw malformed(`The body is no ExportTraceServiceRequest in ${name}: ${messageOf(error).slice(0, 200)}`, error);
  }
}

function fromProtobuf(bytes: Uint8Array): ExportTraceServiceRequest {
  requireBoundedMessage(ExportTraceServiceRequestSchema, bytes);
  return fromBinary(ExportTraceServiceRequestSchema, bytes, { readUnknownFields: false });
}

/** OTLP's JSON is that of protobuf, but for ids, which are in hexadecimal (OTLP 1.11, "JSON Protobuf Encoding"). */
function fromOtlpJson(bytes: Uint8Array): ExportTraceServiceRequest {
  requireBoundedJson(bytes);
  const value: Json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  for (const resourceSpans of listIn(value, "resourceSpans", "resource_spans")) {
    for (const scopeSpans of listIn(resourceSpans, "scopeSpans", "scope_spans")) {
      for (const span of listIn(scopeSpans, "spans")) {
        idsToBase64(span);
        for (const link of listIn(span, "links")) idsToBase64(link);
      }
    }
  }
  return fromJson(ExportTraceServiceRequestSchema, value as JsonValue, { ignoreUnknownFields: true });
}

const ids = ["traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"];

function idsToBase64(message: Json): void {
  if (!isJsonObject(message)) return;
  for (const name of ids) {
    const id = message[name];
    // What isn't one becomes none, so that its span is rejected and not the request.
    if (typeof id === "string") message[name] = /^[\da-f]*$/i.test(id) ? Buffer.from(id, "hex").toString("base64") : "";
  }
}

function listIn(value: Json, ...names: readonly string[]): readonly Json[] {
  if (!isJsonObject(value)) return [];
  for (const name of names) {
    const list = value[name];
    if (Array.isArray(list)) return list;
  }
  return [];
}
