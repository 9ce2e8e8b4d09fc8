// A registry of models beside the file: which models and limits it becomes.
import { describe, expect, test } from '@jest/globals';
import { ownFolder } from './testing/own-folder.ts';

const { write, load, told } = ownFolder();

describe('a model registry', () => {
  const registry = `{ "models": [
    { "id": "gpt-4-turbo", "provider": "openai", "name": "GPT-4 Turbo",
      "capabilities": ["text-generation", "code-generation", "analysis"],
      "cost_per_1k_input_tokens": 0.01, "cost_per_1k_output_tokens": 0.03,
      "rate_limits": { "requests_per_minute": 500, "tokens_per_minute": 150000 },
      "context_window": 128000, "average_response_time_ms": 2000, "enabled": true },
    { "id": "llama3", "provider": "ollama", "capabilities": ["text-generation"],
      "cost_per_1k_input_tokens": 0.0, "cost_per_1k_output_tokens": 0.0, "context_window": 8192, "enabled": false }
  ] }`;

  test('becomes models and limits', () => {
    write('config/model_registry.json', registry);
    write('waybill.yaml', 'models: { registry_file: config/model_registry.json }');
    const { models, limits } = load({
      environment: { OPENAI_API_KEY: 'sk-1', OLLAMA_BASE_URL: 'http://localhost:11434' },
    });
    expect(models).toMatchObject([
      {
        id: 'gpt-4-turbo',
        provider: 'openai',
        prices: [{ prices: { input: 10_000_000n, output: 30_000_000n } }],
        contextWindow: 128_000,
        averageResponseTimeMs: 2000,
        enabled: true,
      },
      { id: 'llama3', provider: 'ollama', prices: [{ free: true }], enabled: false },
    ]);
    expect(limits).toMatchObject([
      { scope: { model: 'gpt-4-turbo' }, requestsPerMinute: 500, tokensPerMinute: 150_000 },
    ]);
  });

  test('is served by the simulator when no provider is named', () => {
    write('config/model_registry.json', registry);
    write('waybill.yaml', 'models: { registry_file: config/model_registry.json }');
    expect(load().models.map((model) => model.provider)).toEqual(['simulator-openai', 'simulator-ollama']);
  });

  test('may list models that are switched off and whose provider is not there', () => {
    write('config/model_registry.json', registry);
    write('waybill.yaml', 'models: { registry_file: config/model_registry.json }');
    const { models } = load({ environment: { OPENAI_API_KEY: 'sk-1' } });
    expect(models.map((model) => model.id)).toEqual(['gpt-4-turbo']);
  });

  test('says what is wrong in it', () => {
    const wrong = registry.replace('0.03', '"dear"').replace('"name"', '"nmae"').replace('false', 'true');
    write('config/model_registry.json', wrong);
    write('waybill.yaml', 'models: { registry_file: config/model_registry.json }');
    const message = told({ environment: { OPENAI_API_KEY: 'sk-1' } });
    expect(message).toContain('config/model_registry.json: models[1].provider: ollama is not among the providers');
    expect(message).toContain(
      'config/model_registry.json: models[0].cost_per_1k_output_tokens: is missing or no decimal',
    );
    expect(message).toContain('config/model_registry.json: models[0].nmae: is not known here');
  });

  test('has to be there', () => {
    write('waybill.yaml', 'models: { registry_file: gone.json }');
    expect(told()).toContain('gone.json: cannot be read (ENOENT)');
  });
});
