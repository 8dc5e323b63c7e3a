/// Help pages as they have to look, 80 columns wide.
enum HelpPages {
    static let all: [(command: String, page: String)] = [
        (
            "generate",
            #"""
            OVERVIEW: Draw a picture from a prompt and reference pictures.

            Examples:
              atelier generate --prompt "a toy robot at sea" --ref robot.jpg -o sea.png
              atelier generate --prompt "the dog in the hat" --ref dog.png --ref hat.png
              atelier generate --model DIR --prompt "a fox" --seed -1 --count 4
              atelier generate --model USO --prompt "" --ref me.jpg --ref style:waves.jpg
              atelier generate --model UNITOKEN --prompt "a fox" --grids 16x16
              atelier generate --from sea.png --steps 40 -o sea-40.png
              mpirun -n 4 atelier generate --prompts list.txt --threads 1 -o out.png

            Without --model, the small model that comes with the program draws. Other
            values left out are the model's own.
            Under mpirun the pictures are shared out to the processes.
            The path of each finished picture is printed on the standard output.
            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

            USAGE: atelier generate --prompt TEXT [--ref PICTURE]... [options] [-o OUT.png]

            WHAT TO DRAW:
              --prompt <text>         What the picture shows.
              --prompts <file>        A file that says what many pictures show: a prompt a
                                      line, or .json/.jsonl with prompt, image_paths and
                                      seed. The other options hold for all.
              --negative <text>       What to steer away from; needs --true-cfg above 1.
              --ref <[role:]picture>  A picture to draw from; repeat for more. What is
                                      taken from it may stand before the path: subject (the
                                      default), style, face or garment, as in
                                      style:waves.jpg, with a number for the prompt's
                                      [ref#N], as in subject#2:cat.png. UNO keeps up to 4
                                      subjects; USO one subject or face, in up to 2 styles;
                                      DreamO subjects, faces and garments, or one style.
              --width <n>             Width in pixels, rounded down to what the model can
                                      draw.
              --height <n>            Height in pixels, rounded down likewise.
              --keep-size             Draw in the size of the reference: of UNO's first
                                      one; of USO's subject or face, enlarged to 1024
                                      pixels.
              --steps <n>             Denoising steps: more take longer and show more
                                      detail.
              --guidance <g>          Guidance strength that the model is told.
              --true-cfg <s>          Scale of true classifier-free guidance; 1 turns it
                                      off, other values double the time.
              --cfg-window <first:end>
                                      Steps with true guidance, the first being 0; it ends
                                      before END. DreamO only. Default: all.
              --negative-guidance <g> Guidance strength told with the negative prompt.
                                      DreamO only. Default: 3.5.
              --first-step-guidance <g>
                                      Guidance strength told in the first step. DreamO
                                      only. Default: that of the others.
              --cfg <s>               Scale of guidance by the picture alone; 1 turns it
                                      off. UniToken only. Default: 3.
              --image-top-k <k>       Among how many of the likeliest picture tokens one is
                                      drawn. UniToken only. Default: 2000.
              --temperature <t>       How evenly tokens are drawn; 0 takes the likeliest.
                                      UniToken only. Default: 1.
              --grids <hxw>           Size in squares of 32 pixels, height first, as in
                                      16x16. UniToken only.
              --greedy                Take the likeliest token every time. UniToken only.
              --seed <n|-1>           Seed of the noise; -1 picks one and says which.
                                      Default: 0.
              --ref-size <n>          Long side to which references are scaled, in pixels.
                                      UNO: 512 for one, 320 for more; USO: 512. DreamO:
                                      side of the square of equal area, 512.
              --prepare <how>         Whether DreamO's networks prepare references.
                                      Default: auto; none takes them as they are. (values:
                                      auto, none)
              --position <variant>    Where references lie for the model: diagonally,
                                      below, to the right, or on the picture. Default: d.
                                      (values: d, h, w, o)
              --posterior-seed <n|mean>
                                      Seed of the draw that encodes references, or 'mean'
                                      for none. Default: the seed. (The official programs
                                      never seed it.)
              --noise-dtype <type>    Type in which the noise is drawn; the stream of
                                      numbers differs. Default: bfloat16, as the official
                                      programs. (values: bfloat16, float32)
              --noise-device <device> Where the noise is drawn; the streams of numbers
                                      differ. Default: auto, as the official programs: the
                                      device that computes, for DreamO the processor.
                                      (values: auto, cpu, cuda)
              --upright               Turn references as their EXIF orientation asks. The
                                      official programs do not.
              --from <picture>        Repeat a picture that this program drew; options
                                      given beside it replace single values.

            MODEL AND MACHINE:
              --model <dir>           Directory with a model.json or with the official
                                      files. Default: the model that comes with the program.
              --lora <file[:w]>       A further adapter file and its strength (default 1);
                                      repeat for more.
              --device <auto|cpu|cuda[:n]>
                                      Where to compute. Default: auto, a GPU where there is
                                      one.
              --dtype <type>          Arithmetic, float32 or bfloat16, or the bits that
                                      weights are kept in, float8 or int8, with the
                                      arithmetic of auto. Default: auto, bfloat16 where the
                                      device is fast in it; a quantized file stays as it
                                      is. (values: auto, float32, bfloat16, float8, int8)
              --memory-limit <gib>    Memory that drawing may take, of the processor or of
                                      the GPU that computes. The bits of weights, and what
                                      is in memory when, are chosen to fit, and the plan is
                                      told. Default: no limit.
              --threads <n>           Threads of the processor. Default: one per core.

            OUTPUT:
              -o, --output <out.png>  Picture file; .png, .jpg or .webp by its ending.
                                      Several become out-0.png, out-1.png, … for out.png.
                                      Default: atelier-SEED.png.
              --count <n>             Number of pictures of each prompt; their seeds follow
                                      one another. (default: 1)
              --dump <file.safetensors>
                                      Record noise, token ids, embeddings and the latents
                                      of every step.
              --save-prepared <dir>   Save each reference as the model was shown it, as
                                      0.png, 1.png, … DreamO only.
              --json                  Report on the standard output, one JSON object per
                                      line.

            OPTIONS:
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "ask",
            #"""
            OVERVIEW: Ask a question about pictures, or talk with a model that sees and
            draws.

            Examples:
              atelier ask --model UNITOKEN --image photo.jpg "What is in the picture?"
              atelier ask --model UNITOKEN --image a.png --image b.png "What changed?"
              atelier ask --model UNITOKEN

            The answer is written as it comes; a picture in it is saved, and its path
            written. Without a question every line of the standard input is asked, and all
            turns are kept: '/image PICTURE' shows a picture with the next line, '/end'
            ends.
            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

            USAGE: atelier ask --model DIR [--image PICTURE]... [QUESTION] [options]

            ARGUMENTS:
              <question>              The question. Default: a talk on the terminal.

            OPTIONS:
              --model <dir>           Directory of a UniToken model: with a model.json or
                                      with the official files.
              --image <picture>       A picture to ask about; repeat for more. They come
                                      before the question, or where it says '<|image|>'.
              --max-tokens <n>        The most tokens of an answer; a picture of 512 x 512
                                      takes 1060. (default: 1536)
              --temperature <t>       How evenly tokens are drawn. Default: 0, the
                                      likeliest token every time.
              --seed <n|-1>           Seed of the draws; -1 picks one and says which.
                                      Default: 0.
              --cfg <s>               Scale of guidance for pictures in the answer; 1 turns
                                      it off. Default: 3.
              --grids <hxw>           Size of pictures in the answer, in squares of 32
                                      pixels, height first. Default: 16x16.
              --preview <rows>        Save a picture every so many rows while it is drawn.
              -o, --output <out.png>  Picture file; several become out-0.png, out-1.png, …
                                      Default: atelier-answer.png.
              --device <auto|cpu|cuda[:n]>
                                      Where to compute. Default: auto, a GPU where there is
                                      one.
              --dtype <type>          Arithmetic, float32 or bfloat16, or the bits that
                                      weights are kept in, float8 or int8, with the
                                      arithmetic of auto. Default: auto, bfloat16 where the
                                      device is fast in it and the model large. (values:
                                      auto, float32, bfloat16, float8, int8)
              --threads <n>           Threads of the processor. Default: one per core.
              --dump <file.safetensors>
                                      Record token ids, vectors and the logits of every
                                      step.
              --json                  Report on the standard output, one JSON object per
                                      line: every token, every row of a picture.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "train",
            #"""
            OVERVIEW: Train a model from a recipe.

            A recipe is a YAML file; Recipes/ has complete ones. The run writes
            checkpoints, metrics.jsonl, report.html with curves and samples, and at the end
            a model directory for 'atelier generate --model'.

            Ctrl-C saves a checkpoint and stops; --resume goes on from the newest one, with
            the same numbers as if the run had never stopped.

            Examples:
              atelier train Recipes/mini/3-uno-1.yaml
              atelier train Recipes/mini/3-uno-1.yaml --resume
              atelier train --fields
              mpirun -n 2 atelier train Recipes/mini/3-uno-1.yaml --set threads=1

            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

            USAGE: atelier train [<recipe>] [--resume] [--output <folder>] [--set <field=value> ...] [--device <auto|cpu|cuda[:n]>] [--dry-run] [--fields]

            ARGUMENTS:
              <recipe>                The recipe.

            OPTIONS:
              --resume                Go on from the newest checkpoint in the output
                                      folder; begin where there is none.
              -o, --output <folder>   Output folder, instead of the recipe's.
              --set <field=value>     Another value for a field, as in --set
                                      optimizer.learning_rate=1e-4. May be given several
                                      times.
              --device <auto|cpu|cuda[:n]>
                                      Where to compute; processes on one machine take a GPU
                                      each. Default: auto, a GPU where there is one.
              --dry-run               Only say what would happen: sizes, memory, and the
                                      first batch as a picture.
              --fields                List all fields of a recipe with their defaults.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "synthesize",
            #"""
            OVERVIEW: Make pairs to train on with a model, and keep the consistent ones.

            Takes pictures whose subjects' places are known, cuts each subject out, and has
            the model draw it again in another scene. Of several drawings the one most like
            the cut-out, to an encoder, becomes the subject's reference; pairs with a
            subject that is not like it are dropped. The next model trains on what is kept:
            UNO's co-evolution of model and data.

            Pictures come from the picture world, or from a list in JSON:
              [{"image_tgt_path": "1.png", "prompt": "a cat beside a vase",
                "subjects": [{"name": "a cat", "box": [12, 40, 200, 180]}, …]}, …]
            with boxes as left, top, width and height in pixels, from any detector.

            The output folder holds train.json for a recipe's data.json, crops.json with
            the same pairs and the cut-outs themselves as references, report.html and
            summary.json. Ctrl-C stops; --resume goes on, or filters anew with another
            --keep. Under mpirun each process makes its part; the files are the same.

            Examples:
              atelier synthesize --model runs/mini/uno-1/model --count 4000 -o pairs
              atelier synthesize --model DIR --list boxes.json --keep 0.7 -o pairs
              mpirun -n 4 atelier synthesize --count 4000 --threads 1 -o pairs

            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

            USAGE: atelier synthesize [<options>] --output <folder>

            WHAT TO MAKE:
              --list <boxes.json>     Pictures with the boxes of their subjects. Default:
                                      the picture world.
              --task <task[:weight]>  Scenes of the world, with their weight; repeat for a
                                      mixture. Default: two-subjects. (values: one-subject,
                                      two-subjects, three-subjects)
              --count <n>             Scenes to take, from the first on. Default: all of a
                                      list.
              --make <what>           What a drawing becomes: the reference of the picture,
                                      or a target with the cut-out as its reference.
                                      (values: references, targets; default: references)
              --crops                 Draw nothing: take the cut-outs themselves as
                                      references, to compare with.
              --tries <n>             Drawings of each subject, of which the most similar
                                      is taken. (default: 4)
              --keep <s|p%>           Pairs to keep: from which similarity on (0.7), or the
                                      best share (60%). Default: 50%.
              --seed <n>              Seed of the world's scenes and of the noise.
                                      (default: 0)
              --template <text>       What the model is asked for. (default: {subject}
                                      {scene})
              --scene <text>          A scene for the template, as in "in the snow"; repeat
                                      for more. Default: places of the world, or everyday
                                      ones.
              --margin <share>        Room around what is cut out, as a share of its longer
                                      side. (default: 0.1)
              --size <n>              Side of drawings and of the world's scenes in pixels.
                                      Default: the model's own.
              --steps <n>             Denoising steps. Default: the model's own.
              --guidance <g>          Guidance strength that the model is told. Default:
                                      the model's own.
              --true-cfg <s>          Scale of true classifier-free guidance. Default: the
                                      model's own.
              --reader <dir>          Directory of the networks that compare subjects.
                                      Default: those of the picture world, which come with
                                      the program.
              -o, --output <folder>   Output folder.
              --resume                Keep what the output folder has, and make what is
                                      missing.

            MODEL AND MACHINE:
              --model <dir>           Directory with a model.json or with the official
                                      files. Default: the model that comes with the program.
              --lora <file[:w]>       A further adapter file and its strength (default 1);
                                      repeat for more.
              --device <auto|cpu|cuda[:n]>
                                      Where to compute. Default: auto, a GPU where there is
                                      one.
              --dtype <type>          Arithmetic, float32 or bfloat16, or the bits that
                                      weights are kept in, float8 or int8, with the
                                      arithmetic of auto. Default: auto, bfloat16 where the
                                      device is fast in it; a quantized file stays as it
                                      is. (values: auto, float32, bfloat16, float8, int8)
              --memory-limit <gib>    Memory that drawing may take, of the processor or of
                                      the GPU that computes. The bits of weights, and what
                                      is in memory when, are chosen to fit, and the plan is
                                      told. Default: no limit.
              --threads <n>           Threads of the processor. Default: one per core.

            OPTIONS:
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "eval",
            #"""
            OVERVIEW: Measure how well a model draws what it is asked for.

            USAGE: atelier eval <subcommand>

            OPTIONS:
              --version               Show the version.
              -h, --help              Show help information.

            SUBCOMMANDS:
              world                   Score a model on toys of the picture world that it
                                      never saw.

              See 'atelier help eval <subcommand>' for detailed help.

            """#),
        (
            "eval world",
            #"""
            OVERVIEW: Score a model on toys of the picture world that it never saw.

            Draws held-out examples, each asked for by a caption that names kinds and a
            place and by references that show which toys are meant, and reads the pictures:
            whether each toy is more like its own reference than like seven others of its
            kind; its kind, pattern, accessory and colours; the place; the number of toys;
            and with two references which stands where and what of one is found in the
            other. Every score comes with its 95 % interval, with what the model's
            autoencoder lets through at best, and with what chance gives.

            The output folder holds scores.json, report.md, report.html with pictures, and
            a line per example. Ctrl-C stops; --resume goes on with what is missing.
            Several processes may share a folder: under mpirun each takes its part by
            itself, else say which with --rank and --ranks.

            Examples:
              atelier eval world -o outputs/one
              atelier eval world --references 2 --count 500 -o outputs/two
              atelier eval world --references 2 --position o --against outputs/two -o o
              mpirun -n 2 atelier eval world --threads 1 -o outputs/one

            Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

            USAGE: atelier eval world [<options>] --output <folder>

            WHAT TO MEASURE:
              --references <n>        References of each example: 1, 2, or 0 for captions
                                      alone. (default: 1)
              --count <n>             Examples to draw. (default: 500)
              --seed <n>              Seed of the examples and of their noise. (default: 0)
              --steps <n>             Denoising steps. Default: the model's own.
              --guidance <g>          Guidance strength that the model is told. Default:
                                      the model's own.
              --true-cfg <s>          Scale of true classifier-free guidance. Default: the
                                      model's own.
              --position <variant>    Where references lie for the model: diagonally,
                                      below, to the right, or on the picture. (values: d,
                                      h, w, o; default: d)
              --against <folder>      Results to compare with, example by example: the
                                      output folder of another evaluation.
              --reader <dir>          Directory of the networks that read pictures.
                                      Default: the one that comes with the program.
              --rank <n>              Which of several processes this is, from 0.
              --ranks <n>             How many processes share the examples.
              -o, --output <folder>   Output folder.
              --resume                Keep the results that the output folder has, and draw
                                      what is missing.

            MODEL AND MACHINE:
              --model <dir>           Directory with a model.json or with the official
                                      files. Default: the model that comes with the program.
              --lora <file[:w]>       A further adapter file and its strength (default 1);
                                      repeat for more.
              --device <auto|cpu|cuda[:n]>
                                      Where to compute. Default: auto, a GPU where there is
                                      one.
              --dtype <type>          Arithmetic, float32 or bfloat16, or the bits that
                                      weights are kept in, float8 or int8, with the
                                      arithmetic of auto. Default: auto, bfloat16 where the
                                      device is fast in it; a quantized file stays as it
                                      is. (values: auto, float32, bfloat16, float8, int8)
              --memory-limit <gib>    Memory that drawing may take, of the processor or of
                                      the GPU that computes. The bits of weights, and what
                                      is in memory when, are chosen to fit, and the plan is
                                      told. Default: no limit.
              --threads <n>           Threads of the processor. Default: one per core.

            OPTIONS:
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "models",
            #"""
            OVERVIEW: Look into, check, fetch and convert model files.

            USAGE: atelier models <subcommand>

            OPTIONS:
              --version               Show the version.
              -h, --help              Show help information.

            SUBCOMMANDS:
              inspect                 Show what a model's directory or a checkpoint holds.
              verify                  Check that a model is complete and sound.
              pull                    Fetch a model from a hub, resumably and checked.
              convert                 Store a network's weights in another type.

              See 'atelier help models <subcommand>' for detailed help.

            """#),
        (
            "models inspect",
            #"""
            OVERVIEW: Show what a model's directory or a checkpoint holds.

            Reads headers only, so a file of 24 GB takes no longer than a small one.
            Weights in fewer bits are shown in the type that the file has them in.
            Exit code 1 when a file of the model is missing.

            USAGE: atelier models inspect <path> [--keys] [--json]

            ARGUMENTS:
              <path>                  A model's directory, a .safetensors or .gguf file, or
                                      a .safetensors.index.json.

            OPTIONS:
              --keys                  List every tensor.
              --json                  Print JSON.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "models verify",
            #"""
            OVERVIEW: Check that a model is complete and sound.

            Every tensor of every file must belong to a module, in its shape, and every
            module must find its tensors; tokenizers must
            load; all weights must be finite. Weights are read from disk once, without
            taking memory. Exit code 1 when something is wrong.

            USAGE: atelier models verify [<path>] [--headers-only]

            ARGUMENTS:
              <path>                  A model's directory, or its model.json. Default: the
                                      model that comes with the program.

            OPTIONS:
              --headers-only          Skip reading the weights, which takes as long as
                                      reading the files.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "models pull",
            #"""
            OVERVIEW: Fetch a model from a hub, resumably and checked.

            NAME is 'uno' (everything that UNO needs, 34 GB, ready for generate --model),
            'uso' (38 GB likewise), 'dreamo' (likewise, but for
            the two networks for faces: facexlib's detection_Resnet50_Final.pth and
            parsing_bisenet.pth) or a repository, owner/name or
            owner/name@revision. An interrupted pull continues where it was. FLUX.1-dev is
            gated: accept its licence on its page, and set
            HF_TOKEN to a token of that account.

            Examples:
              atelier models pull uno -o ~/models/uno
              atelier models pull openai/clip-vit-large-patch14 --include '*.json' -o clip

            USAGE: atelier models pull <name> [--output <dir>] [--include <pattern> ...] [--hub <url>]

            ARGUMENTS:
              <name>                  'uno', 'uso', 'dreamo', or a repository of the hub.

            OPTIONS:
              -o, --output <dir>      Directory for the files. Default: the last word of
                                      NAME.
              --include <pattern>     Fetch only files whose path matches (* any text, ?
                                      one character); repeat for more.
              --hub <url>             Address of the hub. Default: $ATELIER_HUB, else
                                      https://huggingface.co.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "models convert",
            #"""
            OVERVIEW: Store a network's weights in another type.

            IN is any checkpoint that can be read: a .safetensors or .gguf file, a
            .safetensors.index.json with its shards, a file of PyTorch, or the directory of
            one. A FLUX.1 transformer is written under its original names, without other
            networks of the same file. Types:
              float32, bf16, float16  plain numbers
              fp8    float8 (e4m3) with a scale for each matrix, as ComfyUI reads it
              int8   with a scale for each row
              q8_0   blocks of 32 with a scale each, in a .gguf file
            The last three take half the room of bf16, and hold the matrices of linear
            layers; vectors, tables and the layers next to input and output stay as they
            are. The work is done tensor by tensor, so the file may be larger than memory.
            The path of the finished file is printed on the standard output.

            Examples:
              atelier models convert flux1-dev.safetensors flux1-dev-Q8_0.gguf --to q8_0
              atelier models convert FLUX.1-dev/transformer flux1-fp8.safetensors --to fp8
              atelier models convert flux1-dev-Q4_K_S.gguf flux1-dev.safetensors --to bf16

            USAGE: atelier models convert <in> <out> --to <type> [--force]

            ARGUMENTS:
              <in>                    The checkpoint to read.
              <out>                   The file to write: .safetensors, or .gguf for q8_0.

            OPTIONS:
              --to <type>             Type of the weights in OUT. (values: float32, bf16,
                                      float16, fp8, int8, q8_0)
              --force                 Replace OUT if it is there.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "world",
            #"""
            OVERVIEW: Make pictures of toys, people and clothes to train models with.

            The world draws examples without end: a caption, the picture it asks for,
            and references that alone tell what its subjects look like. Equal options
            give equal pictures.

            USAGE: atelier world <subcommand>

            OPTIONS:
              --version               Show the version.
              -h, --help              Show help information.

            SUBCOMMANDS:
              render                  Draw a sheet of examples: references, target and
                                      caption.
              dataset                 Write examples as files to train with, resumably.
              vocabulary              Write the tokenizer that knows the world's words.

              See 'atelier help world <subcommand>' for detailed help.

            """#),
        (
            "world render",
            #"""
            OVERVIEW: Draw a sheet of examples: references, target and caption.

            Examples:
              atelier world render -o world.png
              atelier world render --task two-subjects --count 6 --size 256 -o two.png
              atelier world render --style neon --style pencil -o styles.png

            USAGE: atelier world render [--task <task[:weight]> ...] [--style <style> ...] [--place <place> ...] [--split <split>] [--seed <n>] [--count <n>] [--first <n>] [--size <n>] [--reference-size <n>] [--columns <n>] [--plain] --output <grid.png>

            OPTIONS:
              --task <task[:weight]>  What examples ask for, with its weight; repeat for a
                                      mixture. Default: toys. (values: text, one-subject,
                                      two-subjects, three-subjects, style, face, garment,
                                      style-only, toys, everything)
              --style <style>         Style of the tasks with a style reference; repeat for
                                      more. Default: any. Without --task, the task is
                                      style. (values: plain, flat, line-art, pencil,
                                      watercolour, pixel-art, mosaic, blueprint, neon,
                                      halftone, sepia)
              --place <place>         Where scenes are; repeat for more. Default: anywhere.
                                      (values: beach, forest, city, snow, desert, room,
                                      sea, meadow, space, kitchen, mountains, farm)
              --split <split>         Identities to draw from: train, or held-out, which
                                      never appear in train. (values: train, held-out;
                                      default: train)
              --seed <n>              Seed of the whole world. (default: 0)
              --count <n>             Number of examples. (default: 12)
              --first <n>             Index of the first example. (default: 0)
              --size <n>              Side of the targets in pixels. (default: 128)
              --reference-size <n>    Side of the references. Default: three quarters of
                                      --size.
              --columns <n>           Examples in a row. (default: 4)
              --plain                 Leave out the captions.
              -o, --output <grid.png> Picture file; .png, .jpg or .webp by its ending.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "world dataset",
            #"""
            OVERVIEW: Write examples as files to train with, resumably.

            --format json writes PNG files, train.json as UNO reads it (image_paths,
            image_tgt_path, prompt) and attributes.jsonl with everything that is known of
            each example: identities, poses, captions, questions with answers.
            --format tar writes WebDataset shards with members such as 000001.target.png,
            000001.ref0.png and 000001.json.
            An interrupted run is continued by the same command. Under mpirun each process
            draws its part; the files are the same.

            Examples:
              atelier world dataset --count 20000 -o toys
              atelier world dataset --count 20000 --task everything --format tar -o shards
              atelier world dataset --count 500 --split held-out --task face -o check
              mpirun -n 4 atelier world dataset --count 20000 --threads 1 -o toys

            USAGE: atelier world dataset [--task <task[:weight]> ...] [--style <style> ...] [--place <place> ...] [--split <split>] [--seed <n>] --count <n> [--format <format>] [--size <n>] [--reference-size <n>] [--masks] [--threads <n>] --output <dir>

            OPTIONS:
              --task <task[:weight]>  What examples ask for, with its weight; repeat for a
                                      mixture. Default: toys. (values: text, one-subject,
                                      two-subjects, three-subjects, style, face, garment,
                                      style-only, toys, everything)
              --style <style>         Style of the tasks with a style reference; repeat for
                                      more. Default: any. Without --task, the task is
                                      style. (values: plain, flat, line-art, pencil,
                                      watercolour, pixel-art, mosaic, blueprint, neon,
                                      halftone, sepia)
              --place <place>         Where scenes are; repeat for more. Default: anywhere.
                                      (values: beach, forest, city, snow, desert, room,
                                      sea, meadow, space, kitchen, mountains, farm)
              --split <split>         Identities to draw from: train, or held-out, which
                                      never appear in train. (values: train, held-out;
                                      default: train)
              --seed <n>              Seed of the whole world. (default: 0)
              --count <n>             Number of examples.
              --format <format>       json or tar. (values: json, tar; default: json)
              --size <n>              Side of the targets in pixels. (default: 64)
              --reference-size <n>    Side of the references. Default: three quarters of
                                      --size.
              --masks                 Write the mask of each reference's subject in the
                                      target, too.
              --threads <n>           Threads to use. Default: as many as the machine has
                                      cores.
              -o, --output <dir>      Directory for the files.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "world vocabulary",
            #"""
            OVERVIEW: Write the tokenizer that knows the world's words.

            Writes spiece.model, a sentencepiece model with T5's special ids in which
            every word of the world's captions and questions is one piece (other words
            are spelt), and words.txt with the words and their frequencies. Keep the files
            with the model that is trained with them.

            USAGE: atelier world vocabulary --output <dir>

            OPTIONS:
              -o, --output <dir>      Directory for the files.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
        (
            "doctor",
            #"""
            OVERVIEW: Say what this machine has and what would run where.

            Exit code 1 when something that drawing needs is missing.

            USAGE: atelier doctor [--json]

            OPTIONS:
              --json                  Print one JSON object.
              --version               Show the version.
              -h, --help              Show help information.


            """#),
    ]
}
