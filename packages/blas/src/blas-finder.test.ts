import { DeviceError } from '@chainrule/tensor'
import { describe, expect, it } from 'vitest'
import { BlasFinder } from './blas-finder.js'
import { libraryNames } from './library-names.js'
import { FakeLoader, type FakeLibraryOptions, fakeOpenBlas } from './testing/fake-loader.js'

const finderOn = (platform: string, files: Readonly<Record<string, FakeLibraryOptions | Error>>) => {
  const loader = new FakeLoader(platform, files)
  return { loader, finder: new BlasFinder(() => loader) }
}

const mkl: FakeLibraryOptions = {
  settings: ['MKL_Set_Num_Threads', 'MKL_Set_Threading_Layer', 'MKL_Set_Interface_Layer', 'MKL_CBWR_Set'],
  products: {},
}

const blis: FakeLibraryOptions = {
  answers: { bli_info_get_version_str: '0.9.0', bli_info_get_blas_int_type_size: 32 },
  settings: ['bli_thread_set_num_threads'],
  products: {},
}

const byName = (platform: string): readonly (readonly [string, string, FakeLibraryOptions, string])[] =>
  libraryNames(platform).names.map((name) => {
    if (/Accelerate/.test(name)) return [platform, name, { products: {} }, 'Accelerate of this macOS'] as const
    if (/mkl/.test(name)) return [platform, name, mkl, 'MKL of unknown version'] as const
    if (/blis/i.test(name)) return [platform, name, blis, 'BLIS 0.9.0'] as const
    if (name.includes('64_')) {
      const wide = { ...fakeOpenBlas('64_', 'OpenBLAS 0.3.21 USE64BITINT'), integer: 'int64_t' } as const
      return [platform, name, wide, 'OpenBLAS 0.3.21'] as const
    }
    return [platform, name, fakeOpenBlas(), 'OpenBLAS 0.3.21'] as const
  })

describe('BlasFinder', () => {
  it.each(['linux', 'darwin', 'win32'].flatMap(byName))('on %s finds %s', (platform, file, library, name) => {
    const { finder } = finderOn(platform, { [file]: library })
    expect(finder.findAny()?.name).toBe(name)
    expect(finder.findAny()?.describe()).toMatchObject({ blas: name, blasPath: file })
    expect(finder.explain()).toBe(`found ${name} (${file})`)
  })

  it('holds every library to one thread, or calls it from one thread only', () => {
    const [openblas, intel, blisLike] = [fakeOpenBlas(), mkl, blis].map((library) => {
      const { loader, finder } = finderOn('linux', { lib: library })
      return { isConcurrent: finder.open('lib').isConcurrent, calls: loader.calls }
    })
    expect(openblas).toEqual({ isConcurrent: true, calls: [['openblas_set_num_threads', 1]] })
    expect(intel?.isConcurrent).toBe(true)
    expect(intel?.calls).toEqual([
      ['MKL_Set_Interface_Layer', 0],
      ['MKL_Set_Threading_Layer', 1],
      ['MKL_CBWR_Set', 2],
      ['MKL_Set_Num_Threads', 1],
    ])
    expect(blisLike).toEqual({ isConcurrent: true, calls: [['bli_thread_set_num_threads', 1]] })
    const withoutThreads = { ...fakeOpenBlas(), answers: { openblas_get_config: 'OpenBLAS 0.3.9 SINGLE_THREADED' } }
    expect(finderOn('linux', { lib: withoutThreads }).finder.open('lib').isConcurrent).toBe(false)
    const accelerate = '/System/Library/Frameworks/Accelerate.framework/Accelerate'
    const { finder } = finderOn('darwin', { [accelerate]: { products: {} } })
    expect(finder.open(accelerate).isConcurrent).toBe(false)
    expect(finderOn('linux', { lib: { products: {} } }).finder.open('lib').isConcurrent).toBe(false)
  })

  it.each([
    ['plain symbols', fakeOpenBlas(), '32 bits'],
    ['symbols that end in 64_', { ...fakeOpenBlas('64_'), integer: 'int64_t' as const }, '64 bits'],
    ['symbols that end in _64', { products: { suffix: '_64' }, integer: 'int64_t' as const }, '64 bits'],
    [
      'plain symbols of a wide build',
      { ...fakeOpenBlas('', 'OpenBLAS 0.3.21 USE64BITINT'), integer: 'int64_t' as const },
      '64 bits',
    ],
    [
      'a BLIS with wide integers',
      { ...blis, answers: { ...blis.answers, bli_info_get_blas_int_type_size: 64 }, integer: 'int64_t' as const },
      '64 bits',
    ],
    [
      'the symbols of SciPy',
      {
        answers: { scipy_openblas_get_config64_: 'OpenBLAS 0.3.27 USE64BITINT' },
        products: { prefix: 'scipy_', suffix: '64_' },
        integer: 'int64_t' as const,
      },
      '64 bits',
    ],
  ])('tells the width of integers: %s', (_, library, integers) => {
    const { finder } = finderOn('linux', { lib: library })
    expect(finder.open('lib').describe()).toMatchObject({ blasIntegers: integers })
  })

  it.each<readonly [string, FakeLibraryOptions | Error, RegExp]>([
    ['is broken', new Error('Failed to load shared library: file too short'), /file too short/],
    ['is for another processor', new Error('Failed to load: wrong ELF class: ELFCLASS32'), /wrong ELF class/],
    ['needs a library that is missing', new Error('libgfortran.so.5: No such file'), /libgfortran.so.5: No such file/],
    ['has no matrix products', { answers: { openblas_get_config: 'OpenBLAS' } }, /no cblas_sgemm/],
    ['skips zeros', { products: {}, flaw: 'skips zeros' }, /cblas_sgemm: 0 × NaN gives/],
    ['reads the result before it writes it', { products: {}, flaw: 'reads C' }, /product of small numbers gives NaN/],
    ['multiplies something else', { products: {}, flaw: 'swaps' }, /cblas_sgemm: /],
    ['has integers of a width it does not say', { products: {}, integer: 'int64_t' }, /gives NaN, expected/],
  ])('leaves alone a library that %s, and says why', (_, library, why) => {
    const { finder } = finderOn('linux', { 'libopenblas.so.0': library, 'libblis.so.4': blis })
    expect(finder.findAny()?.name).toBe('BLIS 0.9.0')
    const alone = finderOn('linux', { 'libopenblas.so.0': library }).finder
    expect(alone.findAny()).toBeUndefined()
    expect(alone.explain()).toMatch(/there, but of no use: libopenblas\.so\.0: /)
    expect(alone.explain()).toMatch(why)
    expect(() => alone.open('libopenblas.so.0')).toThrow(why)
  })

  it('says for which processor the kernels of OpenBLAS are, and that a variable chose them', () => {
    const kernelsUnder = (variables: Readonly<Record<string, string>>) =>
      new BlasFinder(() => new FakeLoader('linux', { lib: fakeOpenBlas() }, variables)).open('lib').describe()[
        'blasKernels'
      ]
    expect(kernelsUnder({})).toBe('Zen')
    expect(kernelsUnder({ OPENBLAS_CORETYPE: 'Zen' })).toBe('Zen, since OPENBLAS_CORETYPE is set')
  })

  it('finds nothing without an error, and says what it looked for and how to get one', () => {
    const { loader, finder } = finderOn('linux', {})
    expect(finder.findAny()).toBeUndefined()
    expect(loader.asked).toEqual(libraryNames('linux').names)
    expect(finder.explain()).toMatch(/none found on linux pretended; looked for libopenblasp\.so\.0, .*apt-get install/)
    expect(finder.explain()).not.toMatch(/of no use/)
    finder.findAny()
    expect(loader.asked).toHaveLength(libraryNames('linux').names.length)
  })

  it('finds nothing without an error where libraries cannot be loaded at all', () => {
    const finder = new BlasFinder(() => {
      throw new Error('Cannot find the native Koffi module')
    })
    expect(finder.findAny()).toBeUndefined()
    expect(finder.explain()).toMatch(/koffi, which loads libraries, does not work here: Cannot find/)
    expect(() => finder.open('lib')).toThrow(/koffi/)
  })

  it('says clearly what is wrong with a library that was asked for by its path', () => {
    const { finder } = finderOn('linux', {})
    expect(() => finder.open('/missing')).toThrow(DeviceError)
    expect(() => finder.open('/missing')).toThrow(
      /^setDevice: got blas '\/missing', expected a BLAS for this machine .*No such file or directory.*Check the path/,
    )
    // The same from the system itself.
    expect(() => new BlasFinder().open('/missing')).toThrow(/^setDevice: got blas '\/missing', expected a BLAS for/)
  })
})
