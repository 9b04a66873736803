import { isNan } from './bits.js'
import { exponential } from './exponential.js'
import type { WgslFunction } from './wgsl-function.js'

/** erf(x), within about one unit in the last place: the polynomials of N. Juffa's erff. */
export const errorFunction: WgslFunction = {
  name: 'erf_of',
  needs: [isNan, exponential],
  source: `
fn erf_of(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let t = min(abs(x), 4.0);
  let s = t * t;
  if (t > 0.927734375) {
    var high = fma(-1.72853470e-5, t, 3.83197126e-4);
    let low = fma(-3.88396438e-3, t, 2.42546219e-2);
    high = fma(high, s, low);
    high = fma(high, t, -1.06777877e-1);
    high = fma(high, t, -6.34846687e-1);
    high = fma(high, t, -1.28717512e-1);
    high = fma(high, t, -t);
    let result = 1.0 - exp_of(high);
    return select(result, -result, x < 0.0);
  }
  var p = -5.96761703e-4;
  p = fma(p, s, 4.99119423e-3);
  p = fma(p, s, -2.67681349e-2);
  p = fma(p, s, 1.12819925e-1);
  p = fma(p, s, -3.76125336e-1);
  p = fma(p, s, 1.28379166e-1);
  return fma(p, x, x);
}`,
}
