// Gives an answer back the status and the challenge that it came with: see packages/functions/src/edge.ts. CloudFront's
// JavaScript is that of 2009, with `const`.
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it.
function handler(event) {
  const response = event.response;
  const headers = response.headers;
  const status = headers["x-gatehouse-status"];
  const challenge = headers["x-gatehouse-www-authenticate"];
  if (status) {
    response.statusCode = Number(status.value);
    response.statusDescription = response.statusCode === 401 ? "Unauthorized" : "Forbidden";
    delete headers["x-gatehouse-status"];
  }
  if (challenge) {
    headers["www-authenticate"] = { value: challenge.value };
    delete headers["x-gatehouse-www-authenticate"];
  }
  return response;
}
