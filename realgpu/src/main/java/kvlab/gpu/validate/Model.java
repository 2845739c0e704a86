package kvlab.gpu.validate;

/** Predicts microseconds from the features of a point. */
@FunctionalInterface
interface Model {
  double predict(double... features);
}
