import { randomUUID } from "node:crypto";
import {
  CreateGatewayCommand,
  type CreateGatewayCommandInput,
  CreateGatewayTargetCommand,
  type CreateGatewayTargetCommandInput,
  DeleteGatewayCommand,
  DeleteGatewayTargetCommand,
  GetGatewayCommand,
  type GetGatewayCommandOutput,
  GetGatewayTargetCommand,
  UpdateGatewayCommand,
  type UpdateGatewayCommandInput,
  UpdateGatewayTargetCommand,
  type UpdateGatewayTargetCommandInput,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { OwnOperations } from "@gatehouse/core/control/own/operations.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { differences } from "./difference.ts";
import { withoutDefaults } from "./meaning.ts";
import { sendOwn } from "./ownCommand.ts";
import { closedAuthorizer, gatewayRequest, targetRequest } from "./requests.ts";
import { asInput, provisionalSurroundings, type Run, resolve, surroundingsOf } from "./run.ts";
import { gone, working } from "./settle.ts";
import { declaredIn } from "./steps.ts";
import { changeTags } from "./tagSteps.ts";

/**
 * Creates a gateway that lets nobody in. One whose callers have no tokens can't be closed so: it gets its engine at once,
 * which permits nothing that isn't permitted in the end.
 */
export async function createGateway(run: Run, name: string): Promise<void> {
  const { client, gateways } = run;
  const { settings, tags, policyEngine } = entryOf(run, name);
  // What isn't known before the gateway is there is put right when the gateway is opened.
  const provisional = provisionalSurroundings(run);
  const request = gatewayRequest(name, resolve(settings, provisional), resolve(tags, provisional));
  const closed = closedAuthorizer(request, randomUUID());
  const protection = closed === undefined ? engineOf(run, policyEngine) : { authorizerConfiguration: closed };
  const created = await client.send(
    new CreateGatewayCommand(asInput<CreateGatewayCommandInput>({ ...request, ...protection })),
  );
  const { gatewayId = "", gatewayArn = "", gatewayUrl = "" } = created;
  gateways.set(name, { id: gatewayId, arn: gatewayArn, url: gatewayUrl });
  await working(`gateway ${name}`, () => client.send(new GetGatewayCommand({ gatewayIdentifier: gatewayId })), created);
}

/** Changes what a gateway is, but neither who may call nor who decides about calls. */
export async function changeGateway(run: Run, name: string): Promise<void> {
  const { tags, settings } = entryOf(run, name);
  const present = run.deployment.gateways.get(name);
  if (present === undefined) return;
  await changeTags(run.client, present.arn, present.tags, resolve(tags, surroundingsOf(run)));
  const { authorizerType, authorizerConfiguration, policyEngineConfiguration } = present.described;
  const access = { authorizerType, authorizerConfiguration, policyEngineConfiguration };
  await updateGateway(run, name, { ...resolve(settings, surroundingsOf(run)), ...access });
  await putOwnSettings(run, name, transitional(run, name));
}

/** Makes a gateway all that it is to be: lets its callers in, and has its engine decide about their calls. */
export async function openGateway(run: Run, name: string): Promise<void> {
  const { settings, policyEngine } = entryOf(run, name);
  // The engine's policies may read what the interceptor is to tell them; those of an engine that goes, what it told them.
  await putOwnSettings(run, name, transitional(run, name));
  await updateGateway(run, name, { ...resolve(settings, surroundingsOf(run)), ...engineOf(run, policyEngine) });
}

/** Takes away what a gateway's interceptor told policies and tells them no more. */
export async function undeclare(run: Run, name: string): Promise<void> {
  await putOwnSettings(run, name, entryOf(run, name).ownSettings);
}

export async function deleteGateway({ client, gateways }: Run, name: string): Promise<void> {
  const gatewayIdentifier = gateways.get(name)?.id;
  await client.send(new DeleteGatewayCommand({ gatewayIdentifier }));
  await gone(`gateway ${name}`, () => client.send(new GetGatewayCommand({ gatewayIdentifier })));
}

/** Creates or changes a target, and waits until its tools are known. */
export async function putTarget(run: Run, gateway: string, name: string): Promise<void> {
  const { client, gateways, deployment } = run;
  const gatewayIdentifier = gateways.get(gateway)?.id ?? "";
  const settings = resolve(entryOf(run, gateway).targets.get(name) ?? {}, surroundingsOf(run));
  const request = targetRequest(gatewayIdentifier, name, settings);
  const present = deployment.gateways.get(gateway)?.targets.get(name);
  const put =
    present === undefined
      ? await client.send(new CreateGatewayTargetCommand(asInput<CreateGatewayTargetCommandInput>(request)))
      : await client.send(
          new UpdateGatewayTargetCommand(
            asInput<UpdateGatewayTargetCommandInput>({ ...request, targetId: present.id }),
          ),
        );
  const get = () => client.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId: put.targetId }));
  await working(`target ${name}`, get, put);
}

export async function deleteTarget({ client, deployment }: Run, gateway: string, name: string): Promise<void> {
  const present = deployment.gateways.get(gateway);
  const identifiers = { gatewayIdentifier: present?.id, targetId: present?.targets.get(name)?.id };
  await client.send(new DeleteGatewayTargetCommand(identifiers));
  await gone(`target ${name}`, () => client.send(new GetGatewayTargetCommand(identifiers)));
}

/** An update replaces every setting: what a document can't say is said again. */
async function updateGateway(run: Run, name: string, settings: Partial<GetGatewayCommandOutput> | JsonObject) {
  const { client, deployment, gateways } = run;
  const gatewayIdentifier = gateways.get(name)?.id;
  const { kmsKeyArn, customTransformConfiguration, wafConfiguration, protocolType } =
    deployment.gateways.get(name)?.described ?? {};
  const kept = { kmsKeyArn, customTransformConfiguration, wafConfiguration, protocolType };
  const update = { ...kept, ...settings, name, gatewayIdentifier } as UpdateGatewayCommandInput; // As `asInput` says.
  const updated = await client.send(new UpdateGatewayCommand(update));
  await working(`gateway ${name}`, () => client.send(new GetGatewayCommand({ gatewayIdentifier })), updated);
}

/** A gateway's own settings as they are to be, with whatever policies may read of its interceptor until they have changed. */
function transitional(run: Run, name: string): JsonObject {
  const { ownSettings } = entryOf(run, name);
  const next = declaredIn(ownSettings);
  const names = new Set(next.map((attribute) => attribute.name));
  const going = declaredIn(run.deployment.gateways.get(name)?.ownSettings).filter((one) => !names.has(one.name ?? ""));
  return going.length === 0 ? ownSettings : { ...ownSettings, interceptorContext: [...next, ...going] };
}

/** Puts a gateway's own settings, unless they were so at the beginning. */
async function putOwnSettings(run: Run, name: string, ownSettings: JsonObject): Promise<void> {
  const present = run.deployment.gateways.get(name)?.ownSettings ?? {};
  if (differences(withoutDefaults(present), withoutDefaults(ownSettings)).length === 0) return;
  const gatewayIdentifier = run.gateways.get(name)?.id ?? "";
  // Checked by the operation's schema before the first step.
  const settings = ownSettings as Omit<OwnOperations["PutGatewaySettings"]["input"], "gatewayIdentifier">;
  await sendOwn(run.client, "PutGatewaySettings", { gatewayIdentifier, ...settings });
}

function engineOf(
  { policyEngines }: Run,
  policyEngine: { readonly name: string; readonly mode: string } | undefined,
): JsonObject {
  if (policyEngine === undefined) return {};
  const arn = policyEngines.get(policyEngine.name)?.arn ?? "";
  return { policyEngineConfiguration: { arn, mode: policyEngine.mode } };
}

function entryOf({ document }: Run, name: string) {
  const entry = document.gateways.get(name);
  if (entry === undefined) throw new Error(`The document has no gateway ${name}.`);
  return entry;
}
