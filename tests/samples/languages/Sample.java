// What a Java file can hold.
package org.example.sample;

import java.util.List;
import org.example.other.Thing;
import org.example.other.Outer.Inner;
import static org.example.util.Helpers.help;
import static org.example.util.Constants.*;
import org.example.wild.*;

@Deprecated
public abstract class Sample<T extends Thing> extends Base implements Shape, Other {
    public static final int LIMIT = 10;
    private final List<Thing> things, others = null;
    protected Sample<T> next;
    int[] sizes;
    String names[];

    static {
        int inside = 1;
    }

    public Sample(Thing thing) {
        this.next = null;
    }

    @Override
    public int area() {
        int local = 1;
        class Scratch {
            int at;
        }
        Runnable anonymous = new Runnable() {
            private int hidden;

            @Override
            public void run() {
            }
        };
        return local;
    }

    protected abstract void draw(Shape shape);

    private static <U> U create(Class<U> type) throws Exception {
        return null;
    }

    public interface Visitor {
        int DEPTH = 3;

        void visit(Sample<?> sample);

        default boolean done() {
            return true;
        }
    }

    enum Colour {
        RED(1),
        GREEN(2) {
            @Override
            int value() {
                return 3;
            }
        };

        private final int number;

        Colour(int number) {
            this.number = number;
        }

        int value() {
            return number;
        }
    }

    record Point(int x, Thing owner) {
        Point {
        }
    }

    public @interface Marker {
        String value() default "";
    }
}

class Helper {
}
