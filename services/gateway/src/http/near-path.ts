// What a caller with a wrong base URL meant: the served path that ends as the one asked for does.

/** Base URLs put no more than this before a path; longer ones are not looked at. */
const mostExtraSegments = 4;

/**
 * A served path for one that is not: with `/v1` put before it, or with what stands too much at its beginning or end left
 * out, as in `/chat/completions`, `/v1/v1/messages` and `/openai/v1/responses/`. Undefined where there is none.
 */
export function nearPath(path: string, isServed: (path: string) => boolean): string | undefined {
  const segments = path.split('/').filter((segment) => segment !== '');
  const tails = segments.slice(0, mostExtraSegments + 1).map((_, dropped) => `/${segments.slice(dropped).join('/')}`);
  return tails.flatMap((tail) => [tail, `/v1${tail}`]).find((near) => near !== path && isServed(near));
}
