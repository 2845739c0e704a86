package kvlab.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import org.jspecify.annotations.Nullable;

/** What a picture is written on: takes outlines, in pixels of the whole picture. */
interface Sheet {
  /** Fills an outline, as far as it is within the clip. */
  void fill(Shape outline, Color color, @Nullable Shape clip);

  /** Draws along an outline. */
  void draw(Shape outline, BasicStroke stroke, Color color, @Nullable Shape clip);
}
