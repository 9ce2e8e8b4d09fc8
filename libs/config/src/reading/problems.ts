// What is wrong in a configuration, gathered over everything that is read, so that one start shows all of it.
import type { Fault } from '@waybill/kernel';
import { faultOfProblems, type Problem } from '@waybill/rating';

export class Problems {
  readonly #found: Problem[] = [];
  readonly #secrets = new Map<string, string>();
  readonly #sources = new Map<string, string>();

  get none(): boolean {
    return this.#found.length === 0;
  }

  /** The first problem of a place is the one that is told: what follows at the same place follows from it. */
  add(at: string, message: string): void {
    const path = this.#sources.get(at) ?? at;
    if (!this.#found.some((problem) => problem.path === path)) this.#found.push({ path, message });
  }

  /** From now on problems of the place are told of the variable or flag that its value came from. */
  setSource(path: string, source: string): void {
    this.#sources.set(path, source);
  }

  /** Values of environment variables may be secrets: where one shows up in a message, its variable is named instead. */
  hide(value: string, name: string): void {
    if (value.length > 3) this.#secrets.set(value, `\${${name}}`);
  }

  /** One `invalid` fault with a line `path: what is wrong; how to mend it` for each problem. */
  toFault(heading: string): Fault {
    const told = faultOfProblems(
      this.#found.map(({ path, message }) => ({ path, message: this.#withoutSecrets(message) })),
    );
    return { ...told, message: `${heading}\n${told.message.replace(/^/gm, '  ')}` };
  }

  #withoutSecrets(message: string): string {
    return [...this.#secrets].reduce((text, [value, name]) => text.replaceAll(value, name), message);
  }
}

/** `['models', 0, 'prices']` -> `models[0].prices`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}
