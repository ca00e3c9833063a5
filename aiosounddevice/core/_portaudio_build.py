"""Declare PortAudio's C interface for CFFI's out-of-line ABI mode.

Nothing is compiled or linked: the generated module holds the declarations only and the library
is opened at run time (`core.library`). Facts are those of portaudio.h 19.6/19.7, pa_asio.h,
pa_mac_core.h, pa_win_wasapi.h, pa_jack.h and pa_linux_alsa.h.

Functions of extension headers exist only in builds that have the host API; looking one up
elsewhere raises `ffi.error`. `virtualcard_reset` is the mark by which the package's own
virtual sound card is told from a real PortAudio.
"""

from __future__ import annotations

from cffi import FFI

TYPES = """
typedef int PaError;
typedef int PaDeviceIndex;
typedef int PaHostApiIndex;
typedef double PaTime;
typedef unsigned long PaSampleFormat;
typedef unsigned long PaStreamFlags;
typedef unsigned long PaStreamCallbackFlags;
typedef void PaStream;

#define paNoDevice -1
#define paUseHostApiSpecificDeviceSpecification -2

#define paFloat32 0x00000001
#define paInt32 0x00000002
#define paInt24 0x00000004
#define paInt16 0x00000008
#define paInt8 0x00000010
#define paUInt8 0x00000020
#define paCustomFormat 0x00010000
#define paNonInterleaved 0x80000000

#define paFormatIsSupported 0
#define paFramesPerBufferUnspecified 0

#define paNoFlag 0
#define paClipOff 0x00000001
#define paDitherOff 0x00000002
#define paNeverDropInput 0x00000004
#define paPrimeOutputBuffersUsingStreamCallback 0x00000008
#define paPlatformSpecificFlags 0xFFFF0000

#define paInputUnderflow 0x00000001
#define paInputOverflow 0x00000002
#define paOutputUnderflow 0x00000004
#define paOutputOverflow 0x00000008
#define paPrimingOutput 0x00000010

typedef enum PaErrorCode {
    paNoError = 0,
    paNotInitialized = -10000,
    paUnanticipatedHostError,
    paInvalidChannelCount,
    paInvalidSampleRate,
    paInvalidDevice,
    paInvalidFlag,
    paSampleFormatNotSupported,
    paBadIODeviceCombination,
    paInsufficientMemory,
    paBufferTooBig,
    paBufferTooSmall,
    paNullCallback,
    paBadStreamPtr,
    paTimedOut,
    paInternalError,
    paDeviceUnavailable,
    paIncompatibleHostApiSpecificStreamInfo,
    paStreamIsStopped,
    paStreamIsNotStopped,
    paInputOverflowed,
    paOutputUnderflowed,
    paHostApiNotFound,
    paInvalidHostApi,
    paCanNotReadFromACallbackStream,
    paCanNotWriteToACallbackStream,
    paCanNotReadFromAnOutputOnlyStream,
    paCanNotWriteToAnInputOnlyStream,
    paIncompatibleStreamHostApi,
    paBadBufferPtr
} PaErrorCode;

typedef enum PaHostApiTypeId {
    paInDevelopment = 0,
    paDirectSound = 1,
    paMME = 2,
    paASIO = 3,
    paSoundManager = 4,
    paCoreAudio = 5,
    paOSS = 7,
    paALSA = 8,
    paAL = 9,
    paBeOS = 10,
    paWDMKS = 11,
    paJACK = 12,
    paWASAPI = 13,
    paAudioScienceHPI = 14
} PaHostApiTypeId;

typedef enum PaStreamCallbackResult {
    paContinue = 0,
    paComplete = 1,
    paAbort = 2
} PaStreamCallbackResult;

typedef struct PaVersionInfo {
    int versionMajor;
    int versionMinor;
    int versionSubMinor;
    const char *versionControlRevision;
    const char *versionText;
} PaVersionInfo;

typedef struct PaHostApiInfo {
    int structVersion;
    PaHostApiTypeId type;
    const char *name;
    int deviceCount;
    PaDeviceIndex defaultInputDevice;
    PaDeviceIndex defaultOutputDevice;
} PaHostApiInfo;

typedef struct PaHostErrorInfo {
    PaHostApiTypeId hostApiType;
    long errorCode;
    const char *errorText;
} PaHostErrorInfo;

typedef struct PaDeviceInfo {
    int structVersion;
    const char *name;
    PaHostApiIndex hostApi;
    int maxInputChannels;
    int maxOutputChannels;
    PaTime defaultLowInputLatency;
    PaTime defaultLowOutputLatency;
    PaTime defaultHighInputLatency;
    PaTime defaultHighOutputLatency;
    double defaultSampleRate;
} PaDeviceInfo;

typedef struct PaStreamParameters {
    PaDeviceIndex device;
    int channelCount;
    PaSampleFormat sampleFormat;
    PaTime suggestedLatency;
    void *hostApiSpecificStreamInfo;
} PaStreamParameters;

typedef struct PaStreamCallbackTimeInfo {
    PaTime inputBufferAdcTime;
    PaTime currentTime;
    PaTime outputBufferDacTime;
} PaStreamCallbackTimeInfo;

typedef struct PaStreamInfo {
    int structVersion;
    PaTime inputLatency;
    PaTime outputLatency;
    double sampleRate;
} PaStreamInfo;

typedef int PaStreamCallback(
    const void *input, void *output, unsigned long frameCount,
    const PaStreamCallbackTimeInfo *timeInfo, PaStreamCallbackFlags statusFlags, void *userData);
typedef void PaStreamFinishedCallback(void *userData);
"""

FUNCTIONS = """
int Pa_GetVersion(void);
const char *Pa_GetVersionText(void);
const PaVersionInfo *Pa_GetVersionInfo(void);
const char *Pa_GetErrorText(PaError errorCode);
const PaHostErrorInfo *Pa_GetLastHostErrorInfo(void);

PaError Pa_Initialize(void);
PaError Pa_Terminate(void);

PaHostApiIndex Pa_GetHostApiCount(void);
PaHostApiIndex Pa_GetDefaultHostApi(void);
const PaHostApiInfo *Pa_GetHostApiInfo(PaHostApiIndex hostApi);
PaHostApiIndex Pa_HostApiTypeIdToHostApiIndex(PaHostApiTypeId type);
PaDeviceIndex Pa_HostApiDeviceIndexToDeviceIndex(PaHostApiIndex hostApi, int hostApiDeviceIndex);

PaDeviceIndex Pa_GetDeviceCount(void);
PaDeviceIndex Pa_GetDefaultInputDevice(void);
PaDeviceIndex Pa_GetDefaultOutputDevice(void);
const PaDeviceInfo *Pa_GetDeviceInfo(PaDeviceIndex device);
PaError Pa_IsFormatSupported(
    const PaStreamParameters *input, const PaStreamParameters *output, double sampleRate);
PaError Pa_GetSampleSize(PaSampleFormat format);

PaError Pa_OpenStream(
    PaStream **stream, const PaStreamParameters *input, const PaStreamParameters *output,
    double sampleRate, unsigned long framesPerBuffer, PaStreamFlags streamFlags,
    PaStreamCallback *streamCallback, void *userData);
PaError Pa_OpenDefaultStream(
    PaStream **stream, int numInputChannels, int numOutputChannels, PaSampleFormat sampleFormat,
    double sampleRate, unsigned long framesPerBuffer, PaStreamCallback *streamCallback,
    void *userData);
PaError Pa_CloseStream(PaStream *stream);
PaError Pa_SetStreamFinishedCallback(
    PaStream *stream, PaStreamFinishedCallback *streamFinishedCallback);
PaError Pa_StartStream(PaStream *stream);
PaError Pa_StopStream(PaStream *stream);
PaError Pa_AbortStream(PaStream *stream);
PaError Pa_IsStreamStopped(PaStream *stream);
PaError Pa_IsStreamActive(PaStream *stream);
const PaStreamInfo *Pa_GetStreamInfo(PaStream *stream);
PaTime Pa_GetStreamTime(PaStream *stream);
double Pa_GetStreamCpuLoad(PaStream *stream);
PaError Pa_ReadStream(PaStream *stream, void *buffer, unsigned long frames);
PaError Pa_WriteStream(PaStream *stream, const void *buffer, unsigned long frames);
signed long Pa_GetStreamReadAvailable(PaStream *stream);
signed long Pa_GetStreamWriteAvailable(PaStream *stream);
PaHostApiTypeId Pa_GetStreamHostApiType(PaStream *stream);
void Pa_Sleep(long msec);

void virtualcard_reset(void);
void virtualcard_relist(void);
double virtualcard_time(void);
"""

WINDOWS = """
#define paAsioUseChannelSelectors 0x01

typedef struct PaAsioStreamInfo {
    unsigned long size;
    PaHostApiTypeId hostApiType;
    unsigned long version;
    unsigned long flags;
    int *channelSelectors;
} PaAsioStreamInfo;

typedef enum PaWasapiFlags {
    paWinWasapiExclusive = 1,
    paWinWasapiRedirectHostProcessor = 2,
    paWinWasapiUseChannelMask = 4,
    paWinWasapiPolling = 8,
    paWinWasapiThreadPriority = 16,
    paWinWasapiExplicitSampleFormat = 32,
    paWinWasapiAutoConvert = 64
} PaWasapiFlags;

typedef void (*PaWasapiHostProcessorCallback)(
    void *inputBuffer, long inputFrames, void *outputBuffer, long outputFrames, void *userData);
typedef int PaWasapiThreadPriority;
typedef int PaWasapiStreamCategory;
typedef int PaWasapiStreamOption;

typedef struct PaWasapiStreamInfo {
    unsigned long size;
    PaHostApiTypeId hostApiType;
    unsigned long version;
    unsigned long flags;
    unsigned long channelMask;
    PaWasapiHostProcessorCallback hostProcessorOutput;
    PaWasapiHostProcessorCallback hostProcessorInput;
    PaWasapiThreadPriority threadPriority;
    PaWasapiStreamCategory streamCategory;
    PaWasapiStreamOption streamOption;
} PaWasapiStreamInfo;

PaError PaWasapi_IsLoopback(PaDeviceIndex device);
PaError PaWasapi_UpdateDeviceList(void);
"""

MACOS = """
#define paMacCoreChangeDeviceParameters 0x01
#define paMacCoreFailIfConversionRequired 0x02
#define paMacCoreConversionQualityMin 0x0100
#define paMacCoreConversionQualityMedium 0x0200
#define paMacCoreConversionQualityLow 0x0300
#define paMacCoreConversionQualityHigh 0x0400
#define paMacCoreConversionQualityMax 0x0000

typedef int32_t SInt32;
typedef struct PaMacCoreStreamInfo {
    unsigned long size;
    PaHostApiTypeId hostApiType;
    unsigned long version;
    unsigned long flags;
    const SInt32 *channelMap;
    unsigned long channelMapSize;
} PaMacCoreStreamInfo;

void PaMacCore_SetupStreamInfo(PaMacCoreStreamInfo *data, unsigned long flags);
void PaMacCore_SetupChannelMap(
    PaMacCoreStreamInfo *data, const SInt32 *channelMap, unsigned long channelMapSize);
const char *PaMacCore_GetChannelName(int device, int channelIndex, bool input);
"""

UNIX = """
PaError PaJack_SetClientName(const char *name);
PaError PaJack_GetClientName(const char **clientName);
void PaAlsa_EnableRealtimeScheduling(PaStream *stream, int enable);
PaError PaAlsa_SetNumPeriods(int numPeriods);
PaError PaAlsa_SetRetriesBusy(int retries);
"""

ffibuilder = FFI()
ffibuilder.set_source("aiosounddevice.core._portaudio", None)
ffibuilder.cdef(TYPES + FUNCTIONS + WINDOWS + MACOS + UNIX)

if __name__ == "__main__":
    ffibuilder.compile(verbose=True)
