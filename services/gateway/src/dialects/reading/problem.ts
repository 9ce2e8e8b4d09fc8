// Says in one sentence what is wrong with a request: which field, what is wrong, and what is allowed.
import { type Fault, fault, type Result } from '@waybill/kernel';
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** The body as the schema says, or a fault `invalid` with details `field` and `reason`. */
export function readBody<Body>(schema: z.ZodType<Body>, body: unknown): Result<Body> {
  const read = schema.safeParse(body);
  if (read.success) return { ok: true, value: read.data };
  return { ok: false, fault: faultOfIssues(read.error.issues, body) };
}

/** A fault about one field of the request. */
export function fieldFault(field: string, message: string, reason = 'invalid_value'): Fault {
  return fault('invalid', `${field === '' ? 'the body' : field} ${message}`, { details: { field, reason } });
}

function faultOfIssues(issues: readonly Issue[], body: unknown): Fault {
  const { issue, path } = deepest(issues[0]!, []);
  const value = valueAt(body, path);
  const { reason, message } = describe(issue, value);
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return fieldFault(pathText(path), `${message}${more}`, reason);
}

/** Follows the branch of a union that got furthest: it is the one the caller meant. */
function deepest(issue: Issue, above: Path): { issue: Issue; path: Path } {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { issue, path };
  const branches = issue.errors.map((branch) => branch[0]!).filter((first) => !isOtherType(first));
  if (branches.length === 0) return { issue, path };
  const reached = branches.map((first) => deepest(first, path));
  return reached.reduce((best, next) => (next.path.length > best.path.length ? next : best));
}

function isOtherType(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

interface Description {
  readonly reason: string;
  readonly message: string;
}

/** What zod says by itself begins with one of these; other messages are a schema's own. */
const ownWordsOfZod = /^(?:Invalid|Too|Unrecognized)/;

function describe(issue: Issue, value: unknown): Description {
  if (!ownWordsOfZod.test(issue.message)) return { reason: 'invalid_value', message: issue.message };
  if (value === undefined) {
    return { reason: 'missing_required_parameter', message: `is missing; give ${allowed(issue)}` };
  }
  switch (issue.code) {
    case 'invalid_type':
      return { reason: 'invalid_type', message: `is ${typeName(value)}; give ${allowed(issue)}` };
    case 'invalid_union':
    case 'invalid_value':
      return { reason: 'invalid_value', message: `is ${shown(value)}; give ${allowed(issue)}` };
    case 'unrecognized_keys':
      return { reason: 'invalid_value', message: `has fields that are not known: ${issue.keys.join(', ')}` };
    case 'too_small':
    case 'too_big':
      return { reason: 'invalid_value', message: `is out of range; give ${allowed(issue)}` };
    default:
      return { reason: 'invalid_value', message: issue.message };
  }
}

const articles: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function allowed(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return articles[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return issue.errors.length === 0 ? oneOf(discriminators(issue)) : anyOf(issue.errors);
    case 'too_small':
      return `${countOf(issue.origin)} of at least ${issue.minimum}`;
    case 'too_big':
      return `${countOf(issue.origin)} of at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function discriminators(issue: Issue): readonly unknown[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function anyOf(branches: readonly (readonly Issue[])[]): string {
  return branches.map((branch) => allowed(branch[0]!)).join(' or ');
}

function countOf(origin: string): string {
  if (origin === 'string') return 'a length';
  return origin === 'array' ? 'a number of entries' : 'a number';
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return articles[typeof value] ?? typeof value;
}

function shown(value: unknown): string {
  const isShort = typeof value === 'string' && value.length <= 64;
  return isShort || typeof value === 'number' || typeof value === 'boolean' ? JSON.stringify(value) : typeName(value);
}

function valueAt(body: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    body,
  );
}

function pathText(path: Path): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
    .join('');
}
