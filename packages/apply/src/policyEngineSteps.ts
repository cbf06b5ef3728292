import {
  CreatePolicyCommand,
  type CreatePolicyCommandInput,
  CreatePolicyEngineCommand,
  type CreatePolicyEngineCommandInput,
  DeletePolicyCommand,
  DeletePolicyEngineCommand,
  GetPolicyCommand,
  GetPolicyEngineCommand,
  UpdatePolicyCommand,
  UpdatePolicyEngineCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { policyEngineRequest, policyRequest } from "./requests.ts";
import { asInput, type Run, resolve, surroundingsOf } from "./run.ts";
import { gone, working } from "./settle.ts";
import { changeTags } from "./tagSteps.ts";

/** Creates or changes a policy engine, without its policies. */
export async function putPolicyEngine(run: Run, name: string): Promise<void> {
  const { client, policyEngines, deployment } = run;
  const { settings, tags } = entryOf(run, name);
  const request = policyEngineRequest(name, resolve(settings, surroundingsOf(run)), resolve(tags, surroundingsOf(run)));
  const present = deployment.policyEngines.get(name);
  if (present !== undefined) {
    const policyEngineId = present.id;
    await changeTags(client, present.arn, present.tags, resolve(tags, surroundingsOf(run)));
    const description = descriptionOf(request);
    const updated = await client.send(new UpdatePolicyEngineCommand({ policyEngineId, description }));
    return working(`policy engine ${name}`, () => client.send(new GetPolicyEngineCommand({ policyEngineId })), updated);
  }
  const created = await client.send(new CreatePolicyEngineCommand(asInput<CreatePolicyEngineCommandInput>(request)));
  const { policyEngineId = "", policyEngineArn = "" } = created;
  policyEngines.set(name, { id: policyEngineId, arn: policyEngineArn });
  await working(`policy engine ${name}`, () => client.send(new GetPolicyEngineCommand({ policyEngineId })), created);
}

export async function deletePolicyEngine({ client, policyEngines }: Run, name: string): Promise<void> {
  const policyEngineId = policyEngines.get(name)?.id;
  await client.send(new DeletePolicyEngineCommand({ policyEngineId }));
  await gone(`policy engine ${name}`, () => client.send(new GetPolicyEngineCommand({ policyEngineId })));
}

/** Creates or changes a policy, and waits until it is in force. */
export async function putPolicy(run: Run, engine: string, name: string): Promise<void> {
  const { client, policyEngines, deployment } = run;
  const policyEngineId = policyEngines.get(engine)?.id ?? "";
  const settings = resolve(entryOf(run, engine).policies.get(name) ?? {}, surroundingsOf(run));
  const request = asInput<CreatePolicyCommandInput>(policyRequest(policyEngineId, name, settings));
  const policyId = deployment.policyEngines.get(engine)?.policies.get(name)?.id;
  const put =
    policyId === undefined
      ? await client.send(new CreatePolicyCommand(request))
      : await client.send(
          new UpdatePolicyCommand({
            policyEngineId,
            policyId,
            definition: request.definition,
            description: descriptionOf(settings),
            // An update leaves what it doesn't mention.
            enforcementMode: request.enforcementMode ?? "ACTIVE",
            validationMode: request.validationMode,
          }),
        );
  const get = () => client.send(new GetPolicyCommand({ policyEngineId, policyId: put.policyId }));
  await working(`policy ${name}`, get, put);
}

export async function deletePolicy({ client, deployment }: Run, engine: string, name: string): Promise<void> {
  const present = deployment.policyEngines.get(engine);
  const identifiers = { policyEngineId: present?.id, policyId: present?.policies.get(name)?.id };
  await client.send(new DeletePolicyCommand(identifiers));
  await gone(`policy ${name}`, () => client.send(new GetPolicyCommand(identifiers)));
}

/** A patch without a value takes the description away. */
function descriptionOf({ description }: JsonObject): { optionalValue?: string } {
  return typeof description === "string" ? { optionalValue: description } : {};
}

function entryOf({ document }: Run, name: string) {
  const entry = document.policyEngines.get(name);
  if (entry === undefined) throw new Error(`The document has no policy engine ${name}.`);
  return entry;
}
