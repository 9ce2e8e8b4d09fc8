// A request that names no model asks for the configured one.

/** Names that the dialects have for it. */
const fields = ['model', 'ai_model'];

/** The body with the default model under `model`, where it is an object that names none; else the body as it is. */
export function withDefaultModel(body: unknown, defaultModel: string | undefined): unknown {
  if (defaultModel === undefined || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const named = body as Readonly<Record<string, unknown>>;
  return fields.some((field) => (named[field] ?? '') !== '') ? body : { ...named, model: defaultModel };
}
