import type { EmbeddingClient } from "../../model/embedding.ts";
import type { ConfigRepository } from "../../storage/configRepository.ts";
import { digestOfText, type VectorRepository } from "../../storage/vectorRepository.ts";
import { documentOf } from "./document.ts";
import { quantized } from "./vectors.ts";

/**
 * Has the model embed what is new among the texts of a gateway's tools, and deletes what no tool has any more. Doing it
 * twice changes nothing.
 * @throws GatehouseError when the model can't be asked: what was embedded before it failed stays.
 */
export async function embedTools(
  gatewayId: string,
  {
    repository,
    vectors,
    model,
  }: { repository: Pick<ConfigRepository, "loadGateway">; vectors: VectorRepository; model: EmbeddingClient },
): Promise<void> {
  const configuration = await repository.loadGateway(gatewayId);
  const texts = new Map(
    (configuration?.targets ?? []).flatMap(({ name, tools }) =>
      tools.map((tool) => {
        const text = documentOf(name, tool);
        return [digestOfText(text), text] as const;
      }),
    ),
  );
  const known = await vectors.read(gatewayId, model.modelId);
  const missing = [...texts].filter(([digest]) => !known.has(digest));
  for (let at = 0; at < missing.length; at += textsAtOnce) {
    const some = missing.slice(at, at + textsAtOnce);
    const made = await model.embed(
      some.map(([, text]) => text),
      "document",
    );
    const written = made.map((vector, index) => [some[index]?.[0] ?? "", quantized(vector)] as const);
    await vectors.write(gatewayId, model.modelId, new Map(written));
  }
  await vectors.keepOnly(gatewayId, model.modelId, new Set(texts.keys()));
}

/** As many are written together: what was paid for isn't lost when a later one fails. */
const textsAtOnce = 64;
