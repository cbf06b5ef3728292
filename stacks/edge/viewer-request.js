// Carries past API Gateway what it would drop or change: see packages/functions/src/edge.ts. CloudFront's JavaScript is that
// of 2009, with `const`.
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it.
function handler(event) {
  const request = event.request;
  const headers = request.headers;
  const authorization = headers.authorization;
  delete headers["x-gatehouse-authorization"];
  headers["x-gatehouse-edge"] = { value: "1" };
  if (authorization) {
    if (authorization.value.indexOf("AWS4-") === 0) {
      headers["x-gatehouse-authorization"] = { value: authorization.value };
      delete headers.authorization;
    }
  }
  return request;
}
