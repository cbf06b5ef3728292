import { type ArgumentsCheck, compileArgumentsCheck } from "../../arguments.ts";
import { promptActionOf, promptArgumentsSchema, readActionOf } from "../../features.ts";
import type {
  GatewayConfiguration,
  PromptDescription,
  ResourceDescription,
  ResourceTemplateDescription,
  TargetRecord,
} from "../../storage/records.ts";
import { type Naming, type Owned, ownedUri, qualifiedPrompt, qualifiedUri, shownNames } from "./names.ts";

/** Something of a target under the name that agents know it by. */
interface Offered<Description> {
  /** The name, URI or template that agents use. */
  readonly name: string;
  /** The action that policies know it by. */
  readonly action: string;
  readonly target: TargetRecord;
  /** As its target describes it, under its own name. */
  readonly description: Description;
  /** Whether its target completes arguments. */
  readonly isCompleted: boolean;
}

export interface GatewayPrompt extends Offered<PromptDescription> {
  /** The same whatever agents call it: `Target___prompt`. */
  readonly qualifiedName: string;
  argumentsCheck(): ArgumentsCheck;
}
export type GatewayResource = Offered<ResourceDescription>;
export type GatewayResourceTemplate = Offered<ResourceTemplateDescription>;

/** A resource that is asked for. */
export interface LocatedResource {
  readonly target: TargetRecord;
  readonly action: string;
  /** The target's own URI. */
  readonly uri: string;
  /** Whether the target lists it, so that its URI says nothing of who asks. */
  readonly isListed: boolean;
}

/** What a gateway's targets offer beside tools. */
export interface FeatureCatalogue {
  /** By the name that agents use, in the targets' order. */
  readonly prompts: ReadonlyMap<string, GatewayPrompt>;
  readonly resources: readonly GatewayResource[];
  readonly resourceTemplates: ReadonlyMap<string, GatewayResourceTemplate>;
  /** What some target has, and so the gateway. */
  readonly has: { readonly prompts: boolean; readonly resources: boolean; readonly completions: boolean };
  /** Finds whose a URI is that an agent uses, listed or not: a target may have resources that it does not list. */
  locate(uri: string): LocatedResource | undefined;
  /** What agents call a target's URI: as it is, where the target has no resources that they could read by it. */
  nameOf(target: TargetRecord, uri: string): string;
}

/** Puts together what a gateway's targets offer beside tools, under the names that agents use. */
export function featureCatalogueOf(
  { targets }: Pick<GatewayConfiguration, "targets">,
  naming: Naming = "QUALIFIED",
): FeatureCatalogue {
  const withResources = targets.filter(({ features }) => features?.resources !== undefined);
  const resources = offeredBy(withResources, naming, qualifiedUri, readActionOf, ({ features }) =>
    (features?.resources ?? []).map((description) => ({ own: description.uri, description })),
  );
  const resourceTemplates = offeredBy(withResources, naming, qualifiedUri, readActionOf, ({ features }) =>
    (features?.resourceTemplates ?? []).map((description) => ({ own: description.uriTemplate, description })),
  );
  const locate = locator(withResources, resources, resourceTemplates, naming);
  return {
    prompts: new Map(promptsOf(targets, naming).map((prompt) => [prompt.name, prompt])),
    resources,
    resourceTemplates: new Map(resourceTemplates.map((template) => [template.name, template])),
    has: {
      prompts: targets.some(({ features }) => features?.prompts !== undefined),
      resources: withResources.length > 0,
      completions: targets.some(({ features }) => features?.completions === true),
    },
    locate,
    nameOf(target, uri) {
      if (!withResources.some(({ targetId }) => targetId === target.targetId)) return uri;
      if (naming === "PLAIN" && locate(uri)?.target.targetId === target.targetId) return uri;
      return qualifiedUri({ target: target.name, own: uri });
    },
  };
}

function promptsOf(targets: GatewayConfiguration["targets"], naming: Naming): GatewayPrompt[] {
  const prompts = offeredBy(targets, naming, qualifiedPrompt, promptActionOf, ({ features }) =>
    (features?.prompts ?? []).map((description) => ({ own: description.name, description })),
  );
  return prompts.map((prompt) => {
    const { target, description } = prompt;
    let check: ArgumentsCheck | undefined;
    return {
      ...prompt,
      qualifiedName: qualifiedPrompt({ target: target.name, own: description.name }),
      argumentsCheck() {
        check ??= compileArgumentsCheck(promptArgumentsSchema(description));
        return check;
      },
    };
  });
}

/** Some of what targets offer, under the names that agents use. */
function offeredBy<Description>(
  targets: GatewayConfiguration["targets"],
  naming: Naming,
  qualify: (thing: Owned) => string,
  actionOf: (target: string, own: string) => string,
  offersOf: (
    target: GatewayConfiguration["targets"][number],
  ) => readonly { readonly own: string; readonly description: Description }[],
): Offered<Description>[] {
  const all = targets.flatMap((target) => offersOf(target).map((offer) => ({ target, ...offer })));
  const names = shownNames(
    all.map(({ target, own }) => ({ target: target.name, own })),
    qualify,
    naming,
  );
  return all.flatMap(({ target, own, description }, index) => {
    const name = names[index];
    if (name === undefined) return [];
    const isCompleted = target.features?.completions === true;
    return [{ name, action: actionOf(target.name, own), target, description, isCompleted }];
  });
}

function locator(
  targets: readonly TargetRecord[],
  resources: readonly GatewayResource[],
  templates: readonly GatewayResourceTemplate[],
  naming: Naming,
): FeatureCatalogue["locate"] {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const listed = new Map(resources.map((resource) => [resource.name, resource]));
  const found = (target: TargetRecord, uri: string, isListed: boolean) => ({
    target,
    uri,
    isListed,
    action: readActionOf(target.name),
  });
  return (uri) => {
    const resource = listed.get(uri);
    if (resource !== undefined) return found(resource.target, resource.description.uri, true);
    const owned = ownedUri(uri);
    const owner = owned && byName.get(owned.target);
    if (owned !== undefined && owner !== undefined) return found(owner, owned.own, false);
    if (naming !== "PLAIN") return undefined;
    const target = targets.length === 1 ? targets[0] : ownerByTemplate(uri, templates);
    return target && found(target, uri, false);
  };
}

/** The one target that has a template which begins like a URI; none where several have. */
function ownerByTemplate(uri: string, templates: readonly GatewayResourceTemplate[]): TargetRecord | undefined {
  const owners = new Set(
    templates
      .filter(({ description: { uriTemplate } }) => {
        const [literal = ""] = uriTemplate.split("{");
        return literal !== "" && uri.startsWith(literal);
      })
      .map(({ target }) => target),
  );
  const [owner] = owners;
  return owners.size === 1 ? owner : undefined;
}
