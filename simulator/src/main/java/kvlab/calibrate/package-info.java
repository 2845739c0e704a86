/**
 * Fits the constants of the step-time models to measurements, and says how far the fit is off on
 * measurements that it did not see.
 */
@NullMarked
package kvlab.calibrate;

import org.jspecify.annotations.NullMarked;
