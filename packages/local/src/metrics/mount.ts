import { refuse } from "../http/answer.ts";
import type { Mount } from "../http/front.ts";
import { isLoopback } from "../http/guard.ts";
import { contentType, type OpenMetrics } from "./openMetrics.ts";

/** `GET /metrics`, for callers on this machine only: what is measured names gateways, tools and policies. */
export function mountMetrics(metrics: OpenMetrics): Mount {
  return (request, response, path) => {
    if (path !== "/metrics") return false;
    request.resume();
    if (!isLoopback(request.socket.remoteAddress)) {
      refuse(response, 403, "AccessDeniedException", "Metrics are read from the host's own machine only.");
    } else if (request.method !== "GET") {
      refuse(response, 405, "MethodNotAllowedException", `/metrics doesn't take ${request.method}.`);
    } else {
      const text = metrics.text();
      response.writeHead(200, { "content-type": contentType, "content-length": Buffer.byteLength(text) }).end(text);
    }
    return true;
  };
}
