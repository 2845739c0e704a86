package kvlab.report;

import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.intermediate.commands.AffineTransformCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.Command;
import de.erichseifert.vectorgraphics2d.intermediate.commands.CreateCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.DisposeCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.DrawShapeCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.FillShapeCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.Group;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetClipCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetColorCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetPaintCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetStrokeCommand;
import de.erichseifert.vectorgraphics2d.intermediate.commands.SetTransformCommand;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Puts what was painted on a {@link VectorGraphics2D} on a sheet. That library writes files too, but its PDF
 * has a wrong table of objects and names fonts that are not in it, which journals refuse, and its SVG takes
 * several times as long. Text is outlines; pictures of pixels there are none.
 */
final class Painted {
  /** What the painter has set; the clip is in pixels of the picture. */
  private record State(
      AffineTransform transform, @Nullable Shape clip, Color color, BasicStroke stroke) {}

  private final Sheet sheet;
  private final Deque<State> outer = new ArrayDeque<>();
  private State state = new State(new AffineTransform(), null, Color.BLACK, new BasicStroke(1));

  private Painted(Sheet sheet) {
    this.sheet = sheet;
  }

  /** Puts all of it on the sheet. */
  static void on(Sheet sheet, VectorGraphics2D painted) {
    Painted copy = new Painted(sheet);
    for (Command<?> command : painted.getCommands()) {
      copy.add(command);
    }
  }

  private void add(Command<?> command) {
    if (command instanceof Group group) {
      group.getValue().forEach(this::add);
    } else if (command instanceof CreateCommand) {
      outer.push(state);
    } else if (command instanceof DisposeCommand) {
      state = outer.isEmpty() ? state : outer.pop();
    } else if (command instanceof SetTransformCommand set) {
      state = new State(new AffineTransform(set.getValue()), state.clip, state.color, state.stroke);
    } else if (command instanceof AffineTransformCommand more) {
      AffineTransform both = new AffineTransform(state.transform);
      both.concatenate(more.getValue());
      state = new State(both, state.clip, state.color, state.stroke);
    } else if (command instanceof SetClipCommand set) {
      Shape clip = set.getValue() == null ? null : placed(set.getValue());
      state = new State(state.transform, clip, state.color, state.stroke);
    } else if (command instanceof SetColorCommand set) {
      state = new State(state.transform, state.clip, set.getValue(), state.stroke);
    } else if (command instanceof SetPaintCommand set && set.getValue() instanceof Color color) {
      state = new State(state.transform, state.clip, color, state.stroke);
    } else if (command instanceof SetStrokeCommand set
        && set.getValue() instanceof BasicStroke stroke) {
      state = new State(state.transform, state.clip, state.color, stroke);
    } else if (command instanceof FillShapeCommand fill) {
      sheet.fill(placed(fill.getValue()), state.color, state.clip);
    } else if (command instanceof DrawShapeCommand draw) {
      sheet.draw(placed(draw.getValue()), placed(state.stroke), state.color, state.clip);
    }
  }

  private Shape placed(Shape shape) {
    return state.transform.createTransformedShape(shape);
  }

  private BasicStroke placed(BasicStroke stroke) {
    float scale = (float) Math.sqrt(Math.abs(state.transform.getDeterminant()));
    float[] dash = stroke.getDashArray();
    for (int i = 0; dash != null && i < dash.length; i++) {
      dash[i] *= scale;
    }
    return new BasicStroke(
        stroke.getLineWidth() * scale,
        stroke.getEndCap(),
        stroke.getLineJoin(),
        stroke.getMiterLimit(),
        dash,
        stroke.getDashPhase() * scale);
  }
}
