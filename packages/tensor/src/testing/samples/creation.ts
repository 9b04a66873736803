import { eye, full, ones, onesLike, zeros, zerosLike } from '../../ops/creation.js'
import { arange, linspace } from '../../ops/sequence.js'
import { oneHot, tensor } from '../../ops/from-data.js'
import { rand, randint, randn } from '../../ops/random.js'
import { Generator } from '../../random/generator.js'
import { convention, type OpSample, type SampleOptions, smooth } from '../op-sample.js'
import { givenWhole, real, whole } from '../sample-data.js'

const exact: SampleOptions = { tolerance: 'exact', differentiable: [] }
const stream = (): { generator: Generator } => ({ generator: new Generator(20261120) })

/** Functions that make tensors. */
export const creationSamples: readonly OpSample[] = [
  convention(
    'tensor',
    'nested arrays',
    [],
    () =>
      tensor([
        [1, 2],
        [3, 4],
      ]),
    [1, 2, 3, 4],
    exact,
  ),
  convention('tensor', 'a number', [], () => tensor(2.5), [2.5], exact),
  convention('tensor', 'booleans', [], () => tensor([true, false]), [1, 0], exact),
  convention('tensor', 'no element', [], () => tensor([], { shape: [0, 3] }), [], exact),
  convention(
    'tensor',
    'a typed array with a shape',
    [],
    () => tensor(new Int32Array([1, 2, 3, 4]), { shape: [2, 2] }),
    [1, 2, 3, 4],
    exact,
  ),
  convention('zeros', '[2, 3]', [], () => zeros([2, 3]), [0, 0, 0, 0, 0, 0], exact),
  convention('zeros', 'rank 0, int32', [], () => zeros([], { dtype: 'int32' }), [0], exact),
  convention('zeros', 'no element', [], () => zeros([0]), [], exact),
  convention('ones', '[3]', [], () => ones([3]), [1, 1, 1], exact),
  convention('ones', 'bool', [], () => ones([2], { dtype: 'bool' }), [1, 1], exact),
  convention('full', 'a number', [], () => full([2], -1.5), [-1.5, -1.5], exact),
  convention(
    'full',
    'infinity and NaN',
    [],
    () => [full([1], Infinity), full([1], Number.NaN)],
    { outputs: [[Infinity], [Number.NaN]] },
    exact,
  ),
  convention('full', 'a boolean', [], () => full([2], true), [1, 1], exact),
  convention('full', 'int32 at its end', [], () => full([1], 2 ** 31 - 1, { dtype: 'int32' }), [2 ** 31 - 1], exact),
  smooth('full', '1000 elements', [], () => full([1000], 0.1), exact),
  smooth('zerosLike', 'float32', [real([2, 3])], zerosLike, exact),
  smooth('zerosLike', 'int32', [whole([2, 3])], zerosLike, exact),
  smooth('onesLike', 'float32', [real([2, 3])], onesLike, exact),
  smooth('onesLike', 'int32', [whole([2, 3])], onesLike, exact),
  convention('arange', 'to an end', [], () => arange(4), [0, 1, 2, 3], exact),
  convention('arange', 'with a step', [], () => arange(1, 2, 0.25), [1, 1.25, 1.5, 1.75], exact),
  convention('arange', 'downwards', [], () => arange(3, 0, -1), [3, 2, 1], exact),
  convention('arange', 'nothing', [], () => arange(3, 3), [], exact),
  smooth('arange', '1000 elements, float32', [], () => arange(0, 100, 0.1, { dtype: 'float32' }), {
    tolerance: 'arithmetic',
  }),
  convention('linspace', 'both ends', [], () => linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1], exact),
  convention(
    'linspace',
    'int32 truncates',
    [],
    () => linspace(0, 3, 7, { dtype: 'int32' }),
    [0, 0, 1, 1, 2, 2, 3],
    exact,
  ),
  convention('linspace', 'one step', [], () => linspace(3, 7, 1), [3], exact),
  convention('linspace', 'no step', [], () => linspace(3, 7, 0), [], exact),
  smooth('linspace', '127 steps', [], () => linspace(-1, 1, 127), { tolerance: 'transcendental' }),
  convention('eye', 'square', [], () => eye(2), [1, 0, 0, 1], exact),
  convention('eye', 'wide', [], () => eye(2, { columns: 3 }), [1, 0, 0, 0, 1, 0], exact),
  convention('eye', 'no element', [], () => eye(0), [], exact),
  smooth('eye', '33 rows', [], () => eye(33), exact),
  convention('oneHot', 'classes', [givenWhole([2, 0])], (ids) => oneHot(ids, 3), [0, 0, 1, 1, 0, 0], exact),
  convention(
    'oneHot',
    'a class outside gives zeros',
    [givenWhole([-1, 3, 1])],
    (ids) => oneHot(ids, 3),
    [0, 0, 0, 0, 0, 0, 0, 1, 0],
    exact,
  ),
  smooth('oneHot', 'a matrix of classes', [whole([3, 4], { low: 0, high: 6 })], (ids) => oneHot(ids, 7), exact),
  ...[[], [0], [1], [5], [3, 7], [1000]].flatMap((shape) => [
    smooth('rand', `[${shape.join(', ')}]`, [], () => rand(shape, stream()), exact),
    smooth('randn', `[${shape.join(', ')}]`, [], () => randn(shape, stream()), { tolerance: 'transcendental' }),
    smooth('randint', `[${shape.join(', ')}]`, [], () => randint(-3, 1000, shape, stream()), exact),
  ]),
  smooth(
    'rand',
    'a stream goes on',
    [],
    () => {
      const options = stream()
      return [rand([5], options), rand([5], options)]
    },
    exact,
  ),
  smooth('randint', 'the whole range of int32', [], () => randint(-(2 ** 31), 2 ** 31, [17], stream()), exact),
]
