import { describe, expect, it } from 'vitest'
import { DictionarySyntaxError, parseDictionary } from './parse-dictionary.js'

describe('parseDictionary', () => {
  it.each([
    { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n", shape: [2, 3], order: false },
    { text: '{"descr":"<f4","fortran_order":True,"shape":()}', shape: [], order: true },
    { text: "{ 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 3 , ) }", shape: [3], order: false },
    { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 4L)}", shape: [3, 4], order: false },
    { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 10,)}", shape: [0, 10], order: false },
  ])('reads $text', ({ text, shape, order }) => {
    expect(Object.fromEntries(parseDictionary(text))).toEqual({ descr: '<f4', fortran_order: order, shape })
  })

  it.each([
    ['', "expected '{' at character 0"],
    ["{'a': (3)}", "expected ','"],
    ["{'a': (-3,)}", 'expected a non-negative integer'],
    ["{'a': (3.0,)}", 'expected a non-negative integer'],
    ["{'a': (03,)}", 'expected a non-negative integer'],
    ["{'a': (1e3,)}", 'expected a non-negative integer'],
    ["{'a': (1 2)}", "expected ','"],
    ["{'a': (1, 2 3)}", "expected ')'"],
    ["{'a': (,)}", 'expected a non-negative integer'],
    ["{'a': ((1,),)}", 'expected a non-negative integer'],
    ["{'a': [('x', '<f4')]}", 'structured arrays cannot become a tensor'],
    ["{'a': None}", 'expected a string, True, False or a tuple'],
    ["{'a': 'x\\'y'}", 'expected a string at character 6'],
    ["{'a': 'x", 'expected a string at character 6'],
    ["{'a': True, 'a': True}", "the key 'a' appears twice"],
    ["{'a': True 'b': True}", "expected '}'"],
    ["{'a': True} {}", 'unexpected text after the dictionary'],
    ['{a: True}', 'expected a string'],
    ["{'a': __import__('os')}", 'expected a string, True, False or a tuple'],
  ])('refuses %s', (text, problem) => {
    expect(() => parseDictionary(text)).toThrow(DictionarySyntaxError)
    expect(() => parseDictionary(text)).toThrow(problem)
  })
})
