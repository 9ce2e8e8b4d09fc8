// How a configured model stands against what its provider lists.
import type { ModelListing, UpstreamModels } from '@waybill/contracts';

export interface ModelStanding {
  readonly id: string;
  readonly provider: string;
  readonly upstreamModel: string;
  /** Empty when the model is not pinned. */
  readonly version: string;
  /** `unknown` when the provider could not be asked, or lists nothing. */
  readonly listed: 'yes' | 'no' | 'unknown';
  /** The newest dated snapshot of the same name in the list; empty when there is none. */
  readonly newestSnapshot: string;
  readonly note: string;
}

/** Of each model, in order; routes and presets stand for nothing at a provider. */
export function standingsOf(models: readonly ModelListing[], lists: readonly UpstreamModels[]): ModelStanding[] {
  const byProvider = new Map(lists.map((list) => [list.providerId, list]));
  return models.filter(({ kind }) => kind === 'model').map((model) => standingOf(model, byProvider.get(model.ownedBy)));
}

function standingOf(model: ModelListing, list: UpstreamModels | undefined): ModelStanding {
  const names = (list?.models ?? []).map(({ id }) => id);
  const version = model.snapshot?.version ?? '';
  const about = { id: model.id, provider: model.ownedBy, upstreamModel: model.upstreamModel, version };
  if (names.length === 0) {
    const note = list?.fault?.message ?? 'the provider lists no models';
    return { ...about, listed: 'unknown', newestSnapshot: '', note };
  }
  const newestSnapshot = newestOf(model.upstreamModel, names);
  const isListed = hasName(names, model.upstreamModel) && (version === '' || isServed(names, version));
  return { ...about, listed: isListed ? 'yes' : 'no', newestSnapshot, note: noteOf(about, isListed, newestSnapshot) };
}

function noteOf({ version }: Pick<ModelStanding, 'version'>, isListed: boolean, newest: string): string {
  if (!isListed) return 'the provider does not list it; it may have been retired';
  if (newest === '' || newest === version) return '';
  return version === '' ? `not pinned; the newest snapshot is ${newest}` : `there is a newer snapshot, ${newest}`;
}

/** Ollama lists names with the tag that is meant when none is given. */
function hasName(names: readonly string[], name: string): boolean {
  return names.includes(name) || names.includes(`${name}:latest`);
}

/** A provider that lists no dated names at all says nothing about a snapshot. */
function isServed(names: readonly string[], version: string): boolean {
  return names.includes(version) || !names.some((name) => dateIn(name) !== undefined);
}

function newestOf(upstreamModel: string, names: readonly string[]): string {
  const family = undated(upstreamModel);
  const dated = names.filter((name) => dateIn(name) !== undefined && undated(name) === family);
  return dated.toSorted((one, other) => (dateIn(one)! < dateIn(other)! ? 1 : -1))[0] ?? '';
}

const datePattern = /-(20\d\d)-?([01]\d)-?([0-3]\d)$/;

function undated(name: string): string {
  return name.replace(datePattern, '');
}

function dateIn(name: string): string | undefined {
  return datePattern.exec(name)?.slice(1).join('');
}
