import { serveWeb, type WebServer } from "./webServer.ts";

/** S3 and API Gateway at the wire, as far as targets need them. */
export interface AwsEndpoint extends WebServer {
  /** What S3 has, by bucket and key, and whose it is. */
  readonly objects: Map<string, { readonly body: string; readonly owner: string }>;
  /** What GetExport answers, by the id of the REST API and the stage. */
  readonly stages: Map<string, object>;
  readonly requests: Request[];
}

/** Starts it. Like AWS it answers an error where there is nothing, or where the bucket is somebody else's. */
export async function startAwsEndpoint(): Promise<AwsEndpoint> {
  const objects: AwsEndpoint["objects"] = new Map();
  const stages: AwsEndpoint["stages"] = new Map();
  const requests: Request[] = [];
  const web = await serveWeb(async (request) => {
    requests.push(request);
    const { pathname } = new URL(request.url);
    const [, restApiId, stage] = /^\/restapis\/([^/]+)\/stages\/([^/]+)\/exports\/oas30$/.exec(pathname) ?? [];
    if (restApiId !== undefined) return exportOf(stages.get(`${restApiId}/${stage}`));
    return objectOf(objects.get(pathname.slice(1)), request.headers);
  });
  return { ...web, objects, stages, requests };
}

function exportOf(description: object | undefined): Response {
  if (description !== undefined) return Response.json(description);
  const headers = { "x-amzn-errortype": "UnrecognizedClientException" };
  return Response.json({ message: "The security token included in the request is invalid." }, { status: 403, headers });
}

function objectOf(object: { body: string; owner: string } | undefined, headers: Headers): Response {
  if (object === undefined) return s3Error(404, "NoSuchKey", "The specified key does not exist.");
  const expected = headers.get("x-amz-expected-bucket-owner");
  if (expected !== null && expected !== object.owner) return s3Error(403, "AccessDenied", "Access Denied");
  const last = /^bytes=0-(\d+)$/.exec(headers.get("range") ?? "")?.[1];
  const bytes = Buffer.from(object.body).subarray(0, last === undefined ? undefined : Number(last) + 1);
  return new Response(bytes, { status: last === undefined ? 200 : 206 });
}

function s3Error(status: number, code: string, message: string): Response {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return new Response(body, { status, headers: { "content-type": "application/xml" } });
}
