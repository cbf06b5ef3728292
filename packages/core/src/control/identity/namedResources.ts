import type { NamedRecords } from "../../storage/identityRepository.ts";
import { replaceUnchanged, whileOthersChange } from "../concurrency.ts";
import type { OperationName } from "../operationTypes.ts";
import type { RequestScope } from "../scope.ts";
import { nowAfter } from "../times.ts";

/** What the operations on records of one kind have in common. */
export interface NamedResources<R, Described> {
  /** Replaces a record, if it is still what the next one was made from. Its `updatedAt` is seen to here. */
  update(
    name: string,
    scope: RequestScope,
    next: (previous: R) => Promise<Omit<R, "updatedAt">> | Omit<R, "updatedAt">,
  ): Promise<Described>;
  delete(name: string, scope: RequestScope): Promise<Record<string, never>>;
}

/** Changes records of one kind, each change with what the audit says of it. */
export function namedResources<R extends { readonly updatedAt: string }, Described extends object>({
  records,
  what,
  arnOf,
  describe,
  readBy,
}: {
  readonly records: () => NamedRecords<R>;
  /** What one of them is, at the beginning of a sentence. */
  readonly what: string;
  readonly arnOf: (record: R) => string;
  readonly describe: (record: R) => Described;
  readonly readBy: OperationName;
}): NamedResources<R, Described> {
  return {
    update: (name, scope, next) =>
      replaceUnchanged(
        `${what} ${name}`,
        () => records().existing(name),
        async (previous) => {
          const made = await next(previous);
          // All of a record but the moment, and that.
          const record = { ...made, updatedAt: nowAfter(previous.updatedAt) } as R;
          const answer = describe(record);
          const change = { resource: arnOf(record), readBy, before: describe(previous), after: answer, answer };
          await records().update(previous, record, scope.alongside(change));
          return answer;
        },
      ),
    delete: (name, scope) =>
      whileOthersChange(async () => {
        const record = await records().existing(name);
        const change = { resource: arnOf(record), readBy, before: describe(record), answer: {} };
        await records().delete(record, scope.alongside(change));
        return {};
      }),
  };
}
