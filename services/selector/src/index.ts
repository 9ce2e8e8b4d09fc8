export { selectorService } from './service.ts';
