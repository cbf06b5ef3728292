import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { startTestDatabase } from "@gatehouse/core/storage/testing.ts";

/**
 * The naive way: gateways as rows of a table, an operation a request to the database. Nobody is asked who they are or
 * what they may do, nothing is checked, recorded or versioned.
 */
const { client, tables, stop } = await startTestDatabase();
const key = (id: string) => ({ pk: `GATEWAY#${id}`, sk: "GATEWAY" });

const time = new Date().toISOString();

const put = async (id: string, body: string) => {
  const gateway = { ...JSON.parse(body), gatewayId: id, status: "READY", createdAt: time, updatedAt: time };
  const Item = { ...key(id), gsi1pk: "GATEWAY", gsi1sk: id, gateway };
  await client.send(new PutCommand({ TableName: tables.config, Item }));
  return gateway;
};
const get = async (id: string) =>
  (await client.send(new GetCommand({ TableName: tables.config, Key: key(id), ConsistentRead: true }))).Item?.gateway;
const list = async () => {
  const input = {
    TableName: tables.config,
    IndexName: "byKind",
    KeyConditionExpression: "gsi1pk = :kind",
    ExpressionAttributeValues: { ":kind": "GATEWAY" },
    Limit: 10,
  };
  return { items: ((await client.send(new QueryCommand(input))).Items ?? []).map(({ gateway }) => gateway) };
};

let serial = 0;
const server = createServer(async (request, response) => {
  const id = /^\/gateways\/([^/]+)\/?$/.exec(request.url?.split("?")[0] ?? "")?.[1];
  const body = await text(request);
  const answer =
    request.method === "POST"
      ? await put(`bare-${serial++}`, body)
      : request.method === "PUT"
        ? await put(id ?? "", body)
        : id === undefined
          ? await list()
          : await get(id);
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
}).listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "");
});
process.on("disconnect", () => void stop().then(() => process.exit()));
