import { describe, expect, test } from '@jest/globals';
import { ModelListing, UpstreamModels } from '@waybill/contracts';
import { standingsOf } from './model-standing.ts';

function standing(model: { upstreamModel: string; version?: string }, names: readonly string[]) {
  const { upstreamModel, version = '' } = model;
  const listing = ModelListing.fromPartial({
    id: 'm',
    kind: 'model',
    ownedBy: 'p',
    upstreamModel,
    snapshot: { version },
  });
  const list = UpstreamModels.fromPartial({ providerId: 'p', models: names.map((id) => ({ id })) });
  return standingsOf([listing], [list])[0];
}

const mini = ['gpt-4o-mini', 'gpt-4o-mini-2024-07-18', 'gpt-4o-mini-audio-2025-01-01', 'gpt-4o-2024-08-06'];

describe('a model against the list of its provider', () => {
  test('is there, and not pinned', () => {
    expect(standing({ upstreamModel: 'gpt-4o-mini' }, mini)).toEqual({
      id: 'm',
      provider: 'p',
      upstreamModel: 'gpt-4o-mini',
      version: '',
      listed: 'yes',
      newestSnapshot: 'gpt-4o-mini-2024-07-18',
      note: 'not pinned; the newest snapshot is gpt-4o-mini-2024-07-18',
    });
  });

  test('is pinned to the newest', () => {
    const pinned = { upstreamModel: 'gpt-4o-mini-2024-07-18', version: 'gpt-4o-mini-2024-07-18' };
    expect(standing(pinned, mini)).toMatchObject({ listed: 'yes', note: '' });
  });

  test('has a newer snapshot, however dates are written', () => {
    const pinned = { upstreamModel: 'claude-a', version: 'claude-a-20240229' };
    const names = ['claude-a', 'claude-a-20240229', 'claude-a-20250101', 'claude-a-20241201'];
    expect(standing(pinned, names)).toMatchObject({
      listed: 'yes',
      newestSnapshot: 'claude-a-20250101',
      note: 'there is a newer snapshot, claude-a-20250101',
    });
  });

  test.each([
    [{ upstreamModel: 'gpt-3', version: '' }, mini, 'no'],
    [{ upstreamModel: 'gpt-4o-mini', version: 'gpt-4o-mini-2024-01-01' }, mini, 'no'],
    [{ upstreamModel: 'llama3.2', version: '' }, ['llama3.2:latest'], 'yes'],
    [{ upstreamModel: 'llama3.2', version: 'llama3.2-q4' }, ['llama3.2:latest'], 'yes'],
    [{ upstreamModel: 'any', version: '' }, [], 'unknown'],
  ])('%j among %j is listed: %s', (model, names, listed) => {
    expect(standing(model, names)?.listed).toBe(listed);
  });

  test('stands as unknown with the reason when its provider cannot be asked; routes do not stand at all', () => {
    const models = [
      ModelListing.fromPartial({ id: 'm', kind: 'model', ownedBy: 'p', upstreamModel: 'x' }),
      ModelListing.fromPartial({ id: 'smart', kind: 'route', ownedBy: 'waybill' }),
    ];
    const list = UpstreamModels.fromPartial({ providerId: 'p', fault: { message: 'no connection' } });
    expect(standingsOf(models, [list])).toMatchObject([{ id: 'm', listed: 'unknown', note: 'no connection' }]);
  });
});
