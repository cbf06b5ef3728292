import { serveWeb, type WebServer } from "./webServer.ts";

/** A request as the API got it. */
export interface ApiRequest {
  readonly method: string;
  /** The path with its query, as it was sent. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A real HTTP API to put behind the gate; what it was asked can be looked at. */
export interface OrdersApi extends WebServer {
  readonly requests: ApiRequest[];
  /** Its OpenAPI description. */
  readonly description: object;
}

/** Starts an API of orders: reading one, refunding one, and one that there isn't. */
export async function startOrdersApi(): Promise<OrdersApi> {
  const requests: ApiRequest[] = [];
  const web = await serveWeb(async (request) => {
    const url = new URL(request.url);
    const body = await request.text();
    requests.push({ method: request.method, target: `${url.pathname}${url.search}`, headers: request.headers, body });
    if (url.pathname.endsWith("/missing")) return Response.json({ message: "No such order" }, { status: 404 });
    return Response.json({ path: url.pathname, body: body === "" ? null : JSON.parse(body) });
  });
  return { ...web, requests, description: descriptionOf(`${web.url}/{stage}`) };
}

function descriptionOf(url: string): object {
  const id = { name: "order_id", in: "path", required: true, schema: { type: "string" } };
  const answer = {
    200: {
      description: "The order",
      content: { "application/json": { schema: { type: "object", properties: { path: { type: "string" } } } } },
    },
  };
  return {
    openapi: "3.0.1",
    info: { title: "Orders", version: "1" },
    servers: [{ url, variables: { stage: { default: "v1" } } }],
    paths: {
      "/orders/{order_id}": {
        parameters: [id],
        get: {
          operationId: "getOrder",
          summary: "Reads an order",
          parameters: [{ name: "expand", in: "query", schema: { type: "array", items: { type: "string" } } }],
          responses: answer,
        },
      },
      "/orders/{order_id}/refunds": {
        parameters: [id],
        post: {
          operationId: "refundOrder",
          summary: "Refunds an order",
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: {
                  type: "object",
                  properties: {
                    amount: { type: "integer", minimum: 0, exclusiveMinimum: true },
                    reason: { type: "string", nullable: true },
                  },
                  required: ["amount"],
                },
              },
            },
          },
          responses: answer,
        },
      },
      "/orders": { get: { summary: "No id", responses: answer } },
    },
  };
}
