import { describeConformance } from '../conformance/suite.ts';
import { anthropicCodec } from './index.ts';

const folder = new URL('./fixtures/', import.meta.url);
describeConformance({ codec: anthropicCodec('2023-06-01'), folder, upstreamModel: 'claude-opus-5-5' });
