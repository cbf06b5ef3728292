import {
  CreateGatewayCommand,
  CreateGatewayTargetCommand,
  DeleteGatewayCommand,
  DeleteGatewayTargetCommand,
  GetGatewayCommand,
  InternalServerException,
  TagResourceCommand,
  UpdateGatewayCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createApplication, gatewaySettings, lambda, unusedName } from "./fixtures.ts";
import { startTestControlPlane, type TestControlPlane } from "./testing.ts";

let plane: TestControlPlane;
beforeAll(async () => {
  plane = await startTestControlPlane();
});
afterAll(() => plane.stop());

/** What becomes of a transaction: it is done and answered, done and the answer lost, or never done. */
type Fate = "answered" | "answer lost" | "not done";

/** From now on the transactions have these fates, one after the other, and then all are answered. */
function decide(fates: readonly Fate[]) {
  const { client } = plane.database;
  const send = client.send.bind(client) as (command: unknown) => Promise<never>;
  const left = [...fates];
  return vi.spyOn(client, "send").mockImplementation(async (command: unknown) => {
    if (!(command instanceof TransactWriteCommand)) return send(command);
    const fate = left.shift() ?? "answered";
    if (fate === "not done") throw new Error("The connection broke.");
    const answer = await send(command);
    if (fate === "answer lost") throw new Error("The connection broke.");
    return answer;
  });
}

/** Repeats a request for as long as the answer says that it was Gatehouse's fault, as the SDK's own clients do. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof InternalServerException)) throw error;
    }
  }
}

test("whichever answers of the database are lost, a change and its record are one", async () => {
  const fate = fc.constantFrom<Fate>("answered", "answer lost", "not done");
  const property = fc.asyncProperty(fc.array(fate, { maxLength: 12 }), async (fates) => {
    const transactions = decide(fates);
    const clientToken = `${unusedName("token")}-`.padEnd(40, "0");
    const settings = gatewaySettings();
    const { client } = plane;
    try {
      const created = await insist(() => client.send(new CreateGatewayCommand({ ...settings, clientToken })));
      const { gatewayId: gatewayIdentifier, gatewayArn } = created;
      const target = { name: "Insurance", targetConfiguration: lambda(createApplication), clientToken };
      const { targetId } = await insist(() =>
        client.send(new CreateGatewayTargetCommand({ gatewayIdentifier, ...target })),
      );
      const update = { ...settings, gatewayIdentifier, description: "Changed" };
      await insist(() => client.send(new UpdateGatewayCommand(update)));
      await insist(() => client.send(new TagResourceCommand({ resourceArn: gatewayArn, tags: { a: "b" } })));
      const { $metadata: _, ...read } = await client.send(new GetGatewayCommand({ gatewayIdentifier }));

      transactions.mockRestore();
      await plane.sweep();
      const changes = plane
        .changesOf(gatewayArn)
        .filter(({ operation }) => operation !== "TagResource")
        .sort((one, other) => (one.time < other.time ? -1 : 1));
      expect(changes.filter(({ operation }) => operation === "CreateGateway")).toHaveLength(1);
      // Each change begins where the one before has ended, and the last one ends in what is there.
      for (const [index, { before }] of changes.entries()) expect(before).toEqual(changes[index - 1]?.after);
      expect(changes.at(-1)?.after).toEqual(JSON.parse(JSON.stringify(read)));
      expect(plane.changesOf(`${gatewayArn}/target/${targetId}`)).toHaveLength(1);
      await client.send(new DeleteGatewayTargetCommand({ gatewayIdentifier, targetId }));
      await client.send(new DeleteGatewayCommand({ gatewayIdentifier }));
    } finally {
      transactions.mockRestore();
      plane.errors.length = 0;
    }
  });
  await fc.assert(property, { numRuns: 25 });
}, 120_000);
