import { ArgumentError, FormatError, type Tensor } from '@chainrule/tensor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf } from '../testing/bytes-of.js'
import { gzip } from '../testing/gzip.js'
import { sharedData } from '../../../../scripts/shared-data.js'
import { loadCsv, type LoadCsvOptions } from './load-csv.js'

const load = (text: string, options?: LoadCsvOptions): ReturnType<typeof loadCsv> => loadCsv(bytesOf(text), options)
const values = (tensor: Tensor | undefined): number[] => [...(tensor?.dataSync() ?? [])]

const fruit = 'width,colour,kind\n1,red,pear\n2,green,apple\n4,red,pear\n3,blue,fig\n'

describe('loadCsv', () => {
  test('makes numbers features, words indicators, and a label of words classes', async () => {
    const table = await load(fruit, { label: 'kind' })
    expect(table.featureNames).toEqual(['width', 'colour=blue', 'colour=green', 'colour=red'])
    expect(table.features.shape).toEqual([4, 4])
    expect(table.features.dtype).toBe('float32')
    expect(values(table.features)).toEqual([1, 0, 0, 1, 2, 0, 1, 0, 4, 0, 0, 1, 3, 1, 0, 0])
    expect(table.classNames).toEqual(['apple', 'fig', 'pear'])
    expect(table.labels?.dtype).toBe('int32')
    expect(values(table.labels)).toEqual([2, 0, 2, 1])
  })

  test('finds the label by name or by place, from either end', async () => {
    const byName = await load(fruit, { label: 'kind' })
    for (const label of [2, -1]) expect(values((await load(fruit, { label })).labels)).toEqual(values(byName.labels))
  })

  test('has no labels when no label column is chosen', async () => {
    const table = await load('1,2\n3,4\n')
    expect(table.labels).toBeUndefined()
    expect(values(table.features)).toEqual([1, 2, 3, 4])
    expect(table.featureNames).toEqual(['column0', 'column1'])
  })

  test.each([
    ['class numbers 0 … k − 1 are classes', '0.5,1\n0.5,0\n0.5,2\n', {}, 'int32', [1, 0, 2], ['0', '1', '2']],
    ['other numbers are values', '0.5,1\n0.5,3\n0.5,7\n', {}, 'float32', [1, 3, 7], []],
    ['fractions are values', '1,0.5\n1,1\n', {}, 'float32', [0.5, 1], []],
    ['numbers are classes when told so', '1,7\n1,10\n1,7\n', { labelKind: 'class' }, 'int32', [0, 1, 0], ['7', '10']],
    ['class numbers are values when told so', '1,1\n1,0\n', { labelKind: 'number' }, 'float32', [1, 0], []],
  ] as const)('labels: %s', async (_, text, options, dtype, expected, classNames) => {
    const table = await load(text, { label: -1, ...options })
    expect(table.labels?.dtype).toBe(dtype)
    expect(values(table.labels)).toEqual(expected)
    expect(table.classNames).toEqual(classNames)
  })

  test.each([
    ['names over numbers', 'a,b\n1,2\n', 1, ['a', 'b']],
    ['no header over numbers', '1,2\n3,4\n', 2, ['column0', 'column1']],
    ['no header over words alone', 'x,y\nx,z\n', 2, ['column0=x', 'column1=y', 'column1=z']],
    ['no header where the first row has a number', '1,y\n2,z\n', 2, ['column0', 'column1=y', 'column1=z']],
    ['the sizes and class names of scikit-learn', '2,1,no,yes\n0.5,1\n0.25,0\n', 2, ['column0']],
  ])('recognises %s', async (_, text, rows, names) => {
    const table = await load(text)
    expect(table.features.shape[0]).toBe(rows)
    expect(table.featureNames).toEqual(names)
  })

  test('takes the header that it is told', async () => {
    expect((await load('x,y\nx,z\n', { header: 'names' })).featureNames).toEqual(['x=x', 'y=z'])
    expect((await load('x,y\nx,z\n', { label: 'y' })).classNames).toEqual(['z'])
    expect((await load('2,1,no,yes\n3,4,c,d\n', { header: 'none' })).features.shape).toEqual([2, 6])
  })

  test('treats numbers as words where told so', async () => {
    const table = await load('zip,x\n8001,1\n3000,2\n10000,3\n', { categorical: ['zip'] })
    expect(table.featureNames).toEqual(['zip=3000', 'zip=8001', 'zip=10000', 'x'])
    expect(values(table.features).slice(0, 4)).toEqual([0, 1, 0, 1])
  })

  test('reads quoted cells, other delimiters, empty lines, Windows line ends, a byte-order mark, gzip', async () => {
    const quoted = await load('"a, ""b""",c\n1,"x\ny"\n2,z\n')
    expect(quoted.featureNames).toEqual(['a, "b"', 'c=x\ny', 'c=z'])
    for (const text of ['1;2\n3;4', '1\t2\n3\t4\n', '\ufeff1,2\r\n\r\n3,4\r\n\r\n', '1, 2\n 3 ,4']) {
      expect(values((await load(text)).features)).toEqual([1, 2, 3, 4])
    }
    expect(values((await load('1 2\n3 4', { delimiter: ' ' })).features)).toEqual([1, 2, 3, 4])
    expect(values((await loadCsv(gzip('1,2\n3,4\n'))).features)).toEqual([1, 2, 3, 4])
  })

  test('gives back the numbers that were written', async () => {
    const cell = fc.float({ noNaN: true, noDefaultInfinity: true })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 }), async (rows) => {
        const table = await load(rows.map((row) => row.join(',')).join('\n'), { header: 'none' })
        expect(table.features.shape).toEqual([rows.length, 3])
        expect(values(table.features)).toEqual(rows.flat().map((value) => value + 0))
      }),
    )
  })

  test.each([
    ['a row that is too short', 'a,b\n1,2\n\n3\n', {}, /got 1 cells on line 4, expected 2 as on line 1/],
    [
      'a row that is too long',
      '1,2\n"3\n",4\n5,6,7\n',
      { categorical: [0] },
      /got 3 cells on line 4, expected 2 as on line 1/,
    ],
    ['an empty cell', 'a,b\n1,2\n3,\n', {}, /got the missing value "" in column "b" on line 3/],
    ['a marker of a missing value', 'a,b\n1,?\n3,4\n', {}, /got the missing value "\?" in column "b" on line 2/],
    ['a marker of its own', 'a,b\n1,-9\n', { missing: ['-9'] }, /got the missing value "-9" in column "b" on line 2/],
    [
      'a word among numbers',
      'a,b\n1,2\n3,4\n5,six\n',
      { header: 'names' },
      /got "six" in column "b" on line 4, expected a number like "2" on line 2/,
    ],
    [
      'a number among words',
      'x,y\nx,3\n',
      { header: 'none' },
      /got "3" in column "column1" on line 2, expected a word like "y" on line 1/,
    ],
    ['a quote that is not closed', 'a,b\n1,2\n3,"4\n5,6\n', {}, /broken quotation on line 3/],
    ['a file without rows', '\n\n', {}, /got a file without rows/],
    ['a header without rows', 'a,b\n', { header: 'names' }, /got no rows of data in 1 lines/],
    [
      'words where numbers are to be predicted',
      '1,x\n2,y\n',
      { label: 1, labelKind: 'number' },
      /got "x" in column "column1" on line 1/,
    ],
    ['a class without a name', '2,1,no,yes\n0.5,1\n0.25,2\n', {}, /got the class 2 on line 3, expected 0 to 1/],
  ] as const)('names the line of %s', async (_, text, options, message) => {
    const loading = load(text, options)
    await expect(loading).rejects.toThrow(FormatError)
    await expect(loading).rejects.toThrow(message)
    await expect(loading).rejects.toThrow(/^loadCsv: got /)
  })

  test('leaves out rows with missing values when told so', async () => {
    const table = await load('a,b\n1,2\nNA,4\n5,6\n,\n', { dropMissing: true })
    expect(values(table.features)).toEqual([1, 2, 5, 6])
  })

  test.each([{ label: 'taste' }, { label: 3 }, { label: -4 }, { label: 0.5 }, { categorical: ['taste'] }])(
    'names the columns when %j is none of them',
    async (options) => {
      const loading = load(fruit, { header: 'names', ...options })
      await expect(loading).rejects.toThrow(ArgumentError)
      await expect(loading).rejects.toThrow(
        /^loadCsv: got column .*, expected one of "width", "colour", "kind" or a place from -3 to 2/,
      )
    },
  )

  test('loads iris, with the class names of its first row', async (context) => {
    const iris = await loadCsv(sharedData(context, 'uci/iris.csv'), { label: -1 })
    expect(iris.features.shape).toEqual([150, 4])
    expect(iris.classNames).toEqual(['setosa', 'versicolor', 'virginica'])
    expect(values(iris.features).slice(0, 4)).toEqual([5.1, 3.5, 1.4, 0.2].map(Math.fround))
    const labels = values(iris.labels)
    expect([0, 1, 2].map((label) => labels.filter((other) => other === label).length)).toEqual([50, 50, 50])
  })

  test('loads the packed 8×8 digits', async (context) => {
    const digits = await loadCsv(sharedData(context, 'uci/digits.csv.gz'), { label: -1 })
    expect(digits.features.shape).toEqual([1797, 64])
    expect(digits.labels.dtype).toBe('int32')
    expect(digits.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect([Math.min(...values(digits.features)), Math.max(...values(digits.features))]).toEqual([0, 16])
  })
})
